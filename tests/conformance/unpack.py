"""Unpacks folders of a source package: ``unpack.py ARCHIVE TO FOLDER...``."""

import sys
import tarfile
from pathlib import Path

archive, to, *folders = sys.argv[1:]
with tarfile.open(archive) as package:
    for member in package:
        _, _, path = member.name.partition("/")
        if member.isfile() and any(Path(path).is_relative_to(folder) for folder in folders):
            file = Path(to, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(package.extractfile(member).read())
