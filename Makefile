# Every command is written once, in scripts/make.py, which also runs where there is no make.
PYTHON3 := $(shell command -v python3 || command -v python)
TASKS := run test test-slow test-fuzz test-transformers test-newest test-oldest test-browser style docs packages
.PHONY: help $(TASKS)

help:
	@$(PYTHON3) scripts/make.py

$(TASKS):
	@$(PYTHON3) scripts/make.py $@
