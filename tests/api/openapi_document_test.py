#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document before a validator of OpenAPI 3.1 (python3-openapi-spec-validator).

    openapi_document_test.py PROGRAM     PROGRAM prints the document
"""
import json
import subprocess
import sys


def main():
    try:
        import openapi_spec_validator
    except ImportError:
        print("skipped: no openapi_spec_validator (python3-openapi-spec-validator)")
        return 77
    text = subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout
    document = json.loads(text)
    check = getattr(openapi_spec_validator, "validate", None) or openapi_spec_validator.validate_spec
    check(document)
    operations = sum(len(item) for item in document["paths"].values())
    print(f"{operations} operations, {len(document['components']['schemas'])} schemas: valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
