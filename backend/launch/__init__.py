"""What `./patrol` does: everything from a bare machine to a running system. Standard library only, so that it can run first."""
