#!/usr/bin/python3
"""Writes mapping/code/annex_o.inc: the pairs of SNOMED RT and SNOMED CT codes of DICOM PS3.16 annex O.

They are taken as facts from Debian's python3-pydicom, which keeps them as the standard lists them. --check writes
nothing and ends with 1 if the file is not what it would write.
"""

import pathlib
import sys

from pydicom.sr._snomed_dict import mapping

COLUMNS = 120
pairs = sorted(mapping["SRT"].items())  # by the bytes of the SNOMED RT code
lines = ["// PS3.16 annex O, sorted by SNOMED RT code. Made by scripts/annex_o.py."]
line = ""
for srt, sct in pairs:
    assert srt.isascii() and len(srt) <= 9 and sct.isdigit() and len(sct) <= 9, (srt, sct)
    pair = f'{{"{srt}", {sct}}},'
    if len(line) + 1 + len(pair) > COLUMNS:
        lines.append(line)
        line = ""
    line += (" " if line else "") + pair
text = "\n".join(lines + [line]) + "\n"

file = pathlib.Path(__file__).parent.parent / "mapping/code/annex_o.inc"
if "--check" in sys.argv[1:]:
    sys.exit(0 if file.read_text() == text else f"{file} is not what {sys.argv[0]} makes")
file.write_text(text)
