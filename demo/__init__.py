"""The app: a page that shows both models at work."""
