# PORT and LABELHUB_DATA are passed on from the environment or the command line: make run PORT=9000
PYTHON ?= python3
PY := .venv/bin/python
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
# A venv made where python3-venv is missing has no pip: the system's installs into it.
PIP_INSTALL = $$($(PY) -c 'import pip' 2>/dev/null && echo $(PY) -m pip || echo $(PYTHON) -m pip --python $(PY)) \
	install --quiet --disable-pip-version-check --root-user-action ignore

.PHONY: run setup test lint bench bench-raters clean chromium

run: $(RUNTIME)
	@exec $(PY) manage.py up

setup: $(RUNTIME)

test: $(DEV) chromium
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py makemigrations --check --dry-run

bench: $(RUNTIME)
	@exec $(PY) manage.py bench

# The rating screen under load; such as make bench-raters ARGS="--items 1000 --raters 32"
bench-raters: $(RUNTIME)
	@exec $(PY) manage.py bench_raters $(ARGS)

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit("LabelHub needs Python 3.11 or later: make PYTHON=python3.x" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $$($(PYTHON) -c 'import ensurepip' 2>/dev/null || echo --without-pip) .venv

$(RUNTIME): requirements.txt | $(PY)
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

chromium:
	@command -v chromium >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=false; fi; \
	echo "Installing Chromium for the browser tests ..."; \
	{ $$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq --no-install-recommends chromium; } </dev/null >/dev/null || \
	echo "Chromium is missing and could not be installed with apt: the browser tests are skipped."

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
