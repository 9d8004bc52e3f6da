.PHONY: fast test bounds lint readme films report bench

fast:  # about a minute
	pytest -m "not slow and not browser"

test:
	pytest

bounds:  # at the oldest and at the newest versions that pyproject.toml allows
	python -m tests.bounds oldest -m "not slow and not browser"
	python -m tests.bounds newest -m "not slow and not browser"

lint:
	ruff format --check
	ruff check
	mypy

readme:  # the figures and the map, and the answers
	python -m docs.make_readme
	python -m docs.make_questions

films:  # of the tab Train, and the strip in the README: minutes
	python -m docs.make_films

report:  # about an hour
	shapevae report

bench:
	python benchmarks/run.py
