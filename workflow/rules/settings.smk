# Reads the settings before Snakemake does, which names neither file nor line of one that is no YAML, and
# keeps the last of two campaigns of one name.
import sys
from pathlib import Path

from radiogaze.errors import RadiogazeError
from radiogaze.files.settings import read_yaml

own = [] if workflow.modifier.skip_configfile else ["config.yaml"]  # none if it is a module
try:
    for path in map(Path, [*own, *workflow.configfiles]):
        if path.suffix in (".yaml", ".yml") and path.exists():
            if not isinstance(read_yaml(path), dict):
                raise RadiogazeError(f"{path}: expected keys, each with a value; found no key")
except RadiogazeError as error:
    sys.exit(f"radiogaze: error: {error}")
