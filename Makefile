# One word each: make run, make test, make test-fast, make test-long, make attack, make check,
# make bench, make study, make pictures.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DELETE_ON_ERROR:
.PHONY: run test test-fast test-long attack check bench study types pictures chromium constraints plotly encoders

# Serve on http://127.0.0.1:8000.
run: .venv/.warm
	exec $(BIN)/descent-atlas serve

# Everything that must hold before a change lands.
test: check chromium .venv/.warm
	$(BIN)/node --test 'tests/frontend/**/*.test.js'
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 20

# What takes no time: neither a browser nor what is marked slow. A test that takes more than 10 s of
# CPU time and does not say so fails.
test-fast: .venv/.development node_modules/.package-lock.json .venv/.warm
	$(BIN)/node --test 'tests/frontend/**/*.test.js'
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --fast 10

# What repeats or is large.
test-long: check chromium .venv/.warm
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m long

# Attacks on the server and the job, a line each: loopback alone, and at most half an hour. Then what
# takes many minutes or gigabytes, as ten thousand generated requests do, and a cluster whose network
# fails, which only root can make.
attack: check chromium .venv/.warm
	timeout --kill-after 30 1800 $(BIN)/python -m pytest -m 'not huge' -v --durations 10 \
	  tests/attack tests/backend/web/test_openapi.py
	$(BIN)/python -m pytest -m 'huge or namespaces' -v --durations 10

# What can be said without running the program.
check: .venv/.development node_modules/.package-lock.json
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/node node_modules/typescript/bin/tsc --project .
	$(BIN)/node node_modules/typescript/bin/tsc --project tests/frontend

# Ours beside its peers, measured in the same call.
bench: .venv/.development node_modules/.package-lock.json chromium
	$(BIN)/python -m tests.benchmarks

# The paper's networks and landscapes, or another study's: make study STUDY=mine.toml DATA=… OUT=…
STUDY ?= visual-analysis
DATA ?= data
OUT ?= out
study: .venv/.development
	exec $(BIN)/descent-atlas-precompute run "$(STUDY)" --data "$(DATA)" --out "$(OUT)" --download

# Write the page's types anew, from the API's description.
types: .venv/.development
	$(BIN)/python -m descent_atlas.web.description.typescript > .venv/api-types.d.ts
	mv .venv/api-types.d.ts frontend/core/api-types.d.ts

# Take the README's pictures anew from the current page, or some: make pictures PICTURES="basins claims".
PICTURES ?=
pictures: .venv/.development chromium
	$(BIN)/python -m tests.pictures $(PICTURES)

chromium: .venv/.development
	$(BIN)/python -m tests.browser.chromium

# Choose the newest versions anew. torch fixes the versions of what it brings for a GPU, which
# differ between platforms.
constraints:
	$(PYTHON) -m venv .venv/anew
	.venv/anew/bin/python -m pip install --quiet --upgrade pip
	.venv/anew/bin/python -m pip install --quiet --editable '.[precompute,cluster]' --group dev
	sed -n '/^#/p' constraints.txt > .venv/constraints.txt
	.venv/anew/bin/python -m pip freeze --all --exclude-editable \
	  | grep -Ev '^(#|-e|cuda-|nvidia-|triton)' >> .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt
	rm -r .venv/anew

# Take over plotly.js anew, in the newest version or in a certain one: make plotly PLOTLY=4.1.1.
PLOTLY ?= latest
plotly: .venv/.development
	$(BIN)/npm install --save-dev --save-exact --ignore-scripts --no-audit --no-fund --loglevel error \
	  plotly.js-cartesian-dist-min@$(PLOTLY) plotly.js-gl3d-dist-min@$(PLOTLY)
	rm -r frontend/vendor/plotly-*
	set -e; version=$$($(BIN)/node -p 'require("plotly.js-gl3d-dist-min/package.json").version'); \
	  folder=frontend/vendor/plotly-$$version; \
	  mkdir $$folder; \
	  cp node_modules/plotly.js-*-dist-min/*.min.js node_modules/plotly.js-gl3d-dist-min/LICENSE $$folder; \
	  for file in frontend/*.html frontend/plot/plotly.js frontend/vendor/README.md; do \
	    sed -i.before "s|plotly-[0-9][0-9.]*/|plotly-$$version/|" $$file; \
	    rm $$file.before; \
	  done

# Take over the encoders of videos anew: make encoders, or make encoders MEDIABUNNY=1.61.0 GIFENC=1.0.3.
# The server serves scripts by their suffix .js; their content is as npm holds it.
MEDIABUNNY ?= latest
GIFENC ?= latest
encoders: .venv/.development
	$(BIN)/npm install --save-dev --save-exact --ignore-scripts --no-audit --no-fund --loglevel error \
	  mediabunny@$(MEDIABUNNY) gifenc@$(GIFENC)
	rm -r frontend/vendor/mediabunny-* frontend/vendor/gifenc-*
	set -e; take() { \
	    version=$$($(BIN)/node -p "require('./node_modules/$$1/package.json').version"); \
	    folder=frontend/vendor/$$1-$$version; \
	    mkdir $$folder; \
	    cp node_modules/$$1/$$2 $$folder/$$3; \
	    cp node_modules/$$1/LICENSE* $$folder/LICENSE; \
	    for file in frontend/playground/video/encoders.js frontend/vendor/README.md; do \
	      sed -i.before "s|$$1-[0-9][0-9.]*/|$$1-$$version/|" $$file; \
	      rm $$file.before; \
	    done; \
	  }; \
	  take mediabunny dist/bundles/mediabunny.min.mjs mediabunny.min.js; \
	  take gifenc dist/gifenc.esm.js gifenc.js

# What follows is made once, and again only when what it is made from has changed.

.venv/.created: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Descent Atlas needs Python 3.11 or newer; name one: make PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) pip
	touch $@

.venv/.runtime: .venv/.created pyproject.toml
	$(INSTALL) --editable .
	touch $@

.venv/.development: .venv/.runtime
	$(INSTALL) --editable '.[precompute,cluster]' --group dev
	touch $@

.venv/.warm: .venv/.runtime $(wildcard $(foreach depth,* */* */*/*,backend/descent_atlas/$(depth).py))
	$(BIN)/descent-atlas warm
	touch $@

node_modules/.package-lock.json: .venv/.development package.json package-lock.json
	$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@
