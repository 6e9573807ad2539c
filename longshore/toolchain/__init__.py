"""The Go programs that longshore needs and no package ships: pinned in tools/go.mod, built once into a cache that all checkouts share."""
