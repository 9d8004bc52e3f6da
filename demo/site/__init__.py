"""The static page: what needs no server, as plain files."""
