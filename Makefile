# make demo: set up, train the default experiment, explain it, and print where its report is.
# make test: set up, and run the tests.
# PYTHON chooses the interpreter (3.11 to 3.13); PYTEST_ARGS is handed to pytest.
PYTHON ?= python3
PYTEST_ARGS ?=
BIN := .venv/bin

.PHONY: demo test install lint bench clean

demo: install
	$(BIN)/python train.py experiment=day_night
	@echo "Open the report.html of that folder; 'tensorboard --logdir outputs' shows the curves."

test: .venv/peers
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(PYTEST_ARGS)

install: .venv/installed

# One stamp file: the set-up is made again when what it depends on changes.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --progress-bar on --constraint constraints.txt --editable ".[dev,speech,art]"
	touch $@

# What the tests and benchmarks need beside: peers to hold the results against, and every extra.
.venv/peers: .venv/installed
	$(BIN)/python -m pip install --progress-bar on --constraint constraints.txt --editable ".[dev,peers,segmentation,optuna,joblib,submitit,ray,speech,art,pretrained]"
	touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/peers
	$(BIN)/python benchmarks/input_path.py
	$(BIN)/python benchmarks/training_overhead.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/occlusion.py
	$(BIN)/python benchmarks/gradients.py
	$(BIN)/python benchmarks/class_activation.py
	$(BIN)/python benchmarks/dataset_search.py
	$(BIN)/python benchmarks/checkpoints.py
	$(BIN)/python benchmarks/sweeps.py
	$(BIN)/python benchmarks/triplet_mining.py
	$(BIN)/python benchmarks/sound_synthesis.py
	$(BIN)/python benchmarks/trigger_training.py
	$(BIN)/python benchmarks/streaming.py
	$(BIN)/python benchmarks/style_transfer.py

clean:
	rm -rf .venv outputs
