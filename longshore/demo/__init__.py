"""The main job on the sandbox, narrated: every command is really run, as a person would type it."""
