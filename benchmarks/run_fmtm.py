"""Runs in the peers' environment: one village through fmtm-splitter's own call, timed. JSON in, JSON out."""

import json
import sys
import time

from fmtm_splitter.splitter import split_by_sql

question = json.load(sys.stdin)
extract = {"type": "FeatureCollection", "features": question["features"]}
outline = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": question["outline"], "properties": {}}]}
began = time.perf_counter()
found = split_by_sql(
    outline,
    question["database"],
    num_buildings=question["buildings"],
    osm_extract=extract,
)
seconds = time.perf_counter() - began
print(json.dumps({"features": found["features"], "seconds": seconds}))
