"""One module a subject; each has `measure(options)`, which yields its figures."""
