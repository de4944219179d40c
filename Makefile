# Two commands are enough: make run, make test. They set up what they need.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
NODE := $(PY) -m install.node
PORT ?= 8080
TERMINAL_PORT ?= 8090
PRINTER_PORT ?= 8631
MEDIA_PORT ?= 40000
NAME ?= journey
.DEFAULT_GOAL := help
.PHONY: help setup run journey test explore check bench types format shots pictures compile wheel source clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /	/' | sort

setup:  ## locked environment, built pages, fonts (done by the others when needed)
	@$(PYTHON) install/setup.py

run: setup  ## start everything here, print what to open; Ctrl-C stops it
	@$(PY) -m signaling.cli --log warning run --port $(PORT) --terminal-port $(TERMINAL_PORT) --printer-port $(PRINTER_PORT) --media-port $(MEDIA_PORT)

journey: setup  ## play the whole journey with nobody there (JSON=1: one object)
	@$(PY) -m signaling.cli --log warning journey $(if $(JSON),--json)

test: setup  ## install what tests need, run all tests
	@$(PY) -m install.system
	@$(PY) -m install.faces
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not alone"
	@$(PY) -m pytest -m alone

explore: setup  ## property tests with new examples each time, until one fails
	@while $(PY) -m pytest -m hypothesis --hypothesis-profile=explore -q -x $(ARGS); do :; done; false

check: setup  ## formatter, linter, types, imports, sizes, generated files
	@$(PY) -m install.check

bench: setup  ## measure promises: NAME=journey|documents|media|licence (JSON=1, QUICK=1, ARGS=...)
	@$(PY) -m bench.$(NAME) $(ARGS)

types: setup  ## make web/protocol.ts from protocol/
	@$(PY) -m install.types

format: setup  ## format the code
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix -q .

shots: setup  ## screenshots of every page in var/shots
	@$(PY) -m install.shots

pictures: setup  ## draw the pictures of docs/documents.md into docs/pictures
	@$(PY) -m install.pictures

compile: setup  ## compile the path of a packet (needs a C compiler); undo: make source
	@$(PY) -m install.compile

wheel: setup  ## the same in a wheel for this machine's kind, in dist/
	@$(PY) -m install.compile --wheel

source: setup  ## run the media worker from its source again
	@$(PY) -m install.compile --remove

clean:  ## remove everything that was installed or built (keeps var/data)
	@rm -rf $(VENV) node_modules counter_client/ui/dist agent_desk/dist web/phone/dist web/licence-check/dist web/verify/dist var/fonts
