# What a shell sets when it sources each of the files that stdin names: `set -a; . file`. The paths and the variables are ended by NUL.
while IFS= read -r path; do
    (
        set -a
        . "$path"
        printf '=%s\0' "$path"
        exec /usr/bin/env -0
    )
done
