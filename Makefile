.PHONY: help run test test-slow test-browser style

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run:  ## make a clip from a photograph, recognise its micro-expression, leave pictures in out/
	@bash scripts/setup.sh
	@.venv/bin/python demo/astronaut.py out/astronaut.mp4
	@.venv/bin/micron-bert recognize out/astronaut.mp4 --output out

test:  ## the default tests
	@bash scripts/setup.sh
	@.venv/bin/python -m pytest -n 2 --dist loadfile

test-slow:  ## the tests that take minutes
	@bash scripts/setup.sh
	@.venv/bin/python -m pytest -m slow

test-browser:  ## the demo in Chromium (Debian: apt-get install chromium); SCREENSHOTS=DIR keeps pictures of it
	@bash scripts/setup.sh
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check playwright==1.65.2
	@.venv/bin/python -m pytest -m browser tests/browser

style:  ## lint and format
	@bash scripts/setup.sh
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
