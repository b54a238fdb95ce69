"""Drafts .api files of real services from the models that the installed SDK for Python brings along:
draft.py OUTPUT.api ..., each named after its service."""

import argparse
import sys
from pathlib import Path

import botocore.loaders

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[4] / 'tools'))

import api_import                                           # noqa: E402 (its folder has to be on the path first)

for number, output in enumerate(sys.argv[1:], 1):
    args = argparse.Namespace(op=None, number=number, prefix=None, planned=True, implemented=None)
    model = botocore.loaders.Loader().load_service_model(Path(output).stem, 'service-2')
    Path(output).write_text(api_import.draft(api_import.Model(model), args, None), encoding='utf-8')
