"""Runs an exported Gluon file with MXNet: told its path, the model's name, an input's shape and batches."""

import json
import runpy
import sys

if __name__ == "__main__":
    path, maker, shape, batches = json.loads(sys.stdin.read())
    module = runpy.run_path(path, run_name="exported")
    model = module[maker]()
    model.initialize()
    print(json.dumps([model(module["np"].ones((batch, *shape))).shape[0] for batch in batches]))
