"""Composing a configuration and finding its mistakes, before torch is imported.

| module         | its subject                                                          |
|----------------|----------------------------------------------------------------------|
| `command_line` | what `train.py` does before Hydra starts: compose, check, or refuse  |
| `compose`      | composing with Hydra, for scripts and notebooks too                  |
| `overrides`    | each word of the command line: does it exist, and what was meant     |
| `jobs`         | the config of a run, or those of a sweep before its first job starts |
| `keys`         | which keys there are, and which would be taken                       |
| `values`       | a composed config as plain data                                      |
| `check`        | everything that is wrong with a composed config                      |
| `nodes`        | one `_target_` and its arguments against the class's source          |
| `fit`          | whether task, model, loss and data go together                       |
| `classes`      | how many classes the data has, and their names                       |
| `signatures`   | a class's arguments, read from its source text                       |
| `sources`      | where a name is defined, read from source text                       |
| `modules`      | a module's source file and the names that it binds                   |
| `annotations`  | whether a plain value fits a type annotation                         |
| `ranges`       | the values that a number may have, by name                           |
| `allowed`      | which `_target_`s a config may name                                  |
| `resolvers`    | our `${...}` functions                                               |
| `mistakes`     | a mistake, and how it is told                                        |
| `nearest`      | the name that was probably meant                                     |
"""
