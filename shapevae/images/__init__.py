"""Pictures in and out: the one owner of pixel range."""
