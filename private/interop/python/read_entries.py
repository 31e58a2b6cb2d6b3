"""python read_entries.py FOLDER: beside each NAME.arrow writes NAME.pyarrow.json, with what pyarrow finds in it, or with
`problem` where it refuses it."""

import json
import sys
from pathlib import Path

import pyarrow as pa

import neutral


def read(path):
    try:
        with pa.ipc.open_stream(path.read_bytes()) as stream:
            schema = stream.schema
            batches = list(stream)
        for batch in batches:
            batch.validate(full=True)
        return neutral.entry(schema, batches)
    except (pa.ArrowException, neutral.Unsupported, KeyError) as error:
        return {"problem": f"{type(error).__name__}: {error}"}


for path in sorted(Path(sys.argv[1]).glob("*.arrow")):
    path.with_suffix(".pyarrow.json").write_text(json.dumps(read(path)), encoding="utf-8")
