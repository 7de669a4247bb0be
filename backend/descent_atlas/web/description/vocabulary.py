"""Names and descriptions of the types whose classes lie outside the web layer.

The measured tables, the claims and the manifests define the shape in which they are stored. What a
client reads about them is said here.
"""

from collections.abc import Mapping
from typing import Any

from descent_atlas.web.description.claim_vocabulary import CLAIM_TERMS
from descent_atlas.web.description.manifest_vocabulary import MANIFEST_TERMS
from descent_atlas.web.description.measured_vocabulary import MEASURED_TERMS
from descent_atlas.web.description.term import Term

TERMS: Mapping[type[Any], Term] = {**MEASURED_TERMS, **CLAIM_TERMS, **MANIFEST_TERMS}
