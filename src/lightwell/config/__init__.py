"""Composing a configuration and finding its mistakes, before torch is imported.

| module         | its subject                                                          |
|----------------|----------------------------------------------------------------------|
| `command_line` | what `train.py` does before Hydra starts: compose, check, or refuse  |
| `compose`      | composing with Hydra, for scripts and notebooks too                  |
| `overrides`    | each word of the command line: does it exist, and what was meant     |
| `sweeps`       | every job of a sweep, before the first one starts                    |
| `check`        | every key of a composed config against the signature it is for       |
| `fit`          | whether task, model, loss and data go together                       |
| `classes`      | how many classes the data has, and their names                       |
| `signatures`   | a class's arguments, read from its source text                       |
| `sources`      | where a name is defined, read from source text                       |
| `annotations`  | whether a plain value fits a type annotation                         |
| `ranges`       | the values that a number may have, by name                           |
| `allowed`      | which `_target_`s a config may name                                  |
| `resolvers`    | our `${...}` functions                                               |
| `mistakes`     | a mistake, and how it is told                                        |
| `nearest`      | the name that was probably meant                                     |
"""
