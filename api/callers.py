"""Who may call what, in the words of the routes: a Reader looks, a Writer changes and spends, an Admin rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.edge import Who
from api.edge.auth import require

READS, WRITES = Depends(require("read")), Depends(require("write"))
"""For routes that need to know no more than that the caller may."""

Reader = Annotated[Who, READS]
Writer = Annotated[Who, WRITES]
Admin = Annotated[Who, Depends(require("admin"))]
