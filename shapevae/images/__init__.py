"""Pictures: read any, write ours, fill outlines."""
