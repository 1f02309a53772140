# make film TOPIC="why octopuses have three hearts"      one command, from a bare checkout to a finished film
#
# Optional: STYLE, SECONDS, LANGUAGE, ASPECT, OUT (see `flywheel create --help`). Everything is set up on the first run;
# later runs start at once. `make help` lists the rest.

RUN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help film test test-slow lint types imports models doctor constraints clean bench-film bench-replay bench-narration \
  bench-render bench-edit bench-memory bench-peers bench-latency bench-events bench-quota bench-kill bench-studio pictures up ready \
  ready-dev studio vendor

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

# The words of the topic reach the program untouched: through the environment, past make's $ and the shell's quotes.
# (LANGUAGE is also a variable of the desktop, so the options count only when they are given to make itself.)
given = $(if $(filter command,$(origin $1)),$(value $1))
film: export FILM_TOPIC := $(value TOPIC)
film: export FILM_STYLE := $(call given,STYLE)
film: export FILM_SECONDS := $(call given,SECONDS)
film: export FILM_LANGUAGE := $(call given,LANGUAGE)
film: export FILM_ASPECT := $(call given,ASPECT)
film: export FILM_OUT := $(call given,OUT)
film: ## TOPIC="…" → a finished film
	@[ -n "$$FILM_TOPIC" ] || { echo 'Say what the film is about: make film TOPIC="why octopuses have three hearts"' >&2; exit 64; }
	@scripts/bootstrap
	@$(RUN)/flywheel models pull
	@$(RUN)/flywheel create \
	  $${FILM_STYLE:+--style "$$FILM_STYLE"} $${FILM_SECONDS:+--seconds "$$FILM_SECONDS"} \
	  $${FILM_LANGUAGE:+--language "$$FILM_LANGUAGE"} $${FILM_ASPECT:+--aspect "$$FILM_ASPECT"} \
	  $${FILM_OUT:+--out "$$FILM_OUT"} -- "$$FILM_TOPIC"

ready:
	@scripts/bootstrap

ready-dev:
	@scripts/bootstrap dev

models: ready ## bring the weights the settings need
	@$(RUN)/flywheel models pull

doctor: ready ## what this machine has and lacks
	@$(RUN)/flywheel doctor

up: ready ## everything one machine needs: Prefect, warm workers, the API
	@$(RUN)/flywheel models pull
	@$(RUN)/flywheel up $(ARGS)

test: ready-dev ## every test, with the real weights
	@$(RUN)/flywheel models pull
	$(RUN)/python -m pytest $(ARGS)

test-slow: ready-dev ## what takes a minute each: from a brief to a public page with the real engines
	@$(RUN)/flywheel models pull
	$(RUN)/python -m pytest -m slow $(ARGS)

lint: ready-dev ## ruff
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: ready-dev ## mypy, strict
	$(RUN)/mypy

imports: ready-dev ## the direction of imports
	$(RUN)/lint-imports

STUDIO := api/studio
$(STUDIO)/node_modules/.package-lock.json: $(STUDIO)/package-lock.json
	npm ci --prefix $(STUDIO) --cache "$${XDG_CACHE_HOME:-$$HOME/.cache}/flywheel/npm" --silent
	@touch $@

studio: $(STUDIO)/node_modules/.package-lock.json ## the studio's JavaScript: types, tests of its pure modules
	$(STUDIO)/node_modules/.bin/tsc -p $(STUDIO)/tsconfig.json
	$(STUDIO)/node_modules/.bin/tsc -p $(STUDIO)/tsconfig.worker.json
	node --test $(STUDIO)/tests/*.test.js
	scripts/vendor check

vendor: $(STUDIO)/node_modules/.package-lock.json ## the studio's one file of libraries, built again
	scripts/vendor

bench-film: ready-dev ## how long a film takes, step by step
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.film $(ARGS)

bench-replay: ready-dev ## how long an edit takes
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.replay $(ARGS)

bench-narration: ready-dev ## what a transcriber hears in the film; captions, loudness, length
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.narration $(ARGS)

bench-render: ready-dev ## rendering against the bare encode of the same frames
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.render $(ARGS)

bench-edit: ready-dev ## what an edited caption, no change and another aspect cost the renderer
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.edit $(ARGS)

bench-memory: ready-dev ## memory of rendering, mixing and joining against length
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.memory $(ARGS)

bench-peers: ready-dev ## the same film by us, moviepy and MoneyPrinterTurbo
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.peers $(ARGS)

bench-latency: ready-dev ## from a POST to the events of its film, over 50 runs
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.latency $(ARGS)

bench-events: ready-dev ## the event streams: clients, memory, delay, cuts and kills
	$(RUN)/python -m benchmarks.events $(ARGS)

bench-quota: ready-dev ## exactly N of N over four processes, on SQLite, Postgres and Redis
	$(RUN)/python -m benchmarks.quota $(ARGS)

bench-kill: ready-dev ## 20 films while API and workers are killed at random
	$(RUN)/python -m benchmarks.kill $(ARGS)

bench-studio: ready-dev ## the studio in a browser: first paint, first pixels, preview, scrubbing, size, accessibility
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.studio $(ARGS)

pictures: ready-dev ## docs/pictures/studio-*.jpg, taken anew
	@$(RUN)/flywheel models pull
	$(RUN)/python -m benchmarks.pictures $(ARGS)

# Keeps every pin that still fits; `make constraints UPGRADE=--upgrade` moves them all.
constraints: ready-dev ## pin every package again
	$(RUN)/python -m uv pip compile pyproject.toml --extra dev --extra coqui --python-version 3.11 $(UPGRADE) \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c constraints.txt -o .venv/constraints.txt
	sed 's/+cpu$$//' .venv/constraints.txt > constraints.txt

clean: ## everything that was built here; weights and films stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
