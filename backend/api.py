"""The API object: every endpoint needs a sign-in unless it says ``auth=None`` aloud (a house test lists those)."""

from __future__ import annotations

from ninja import NinjaAPI

from backend.command.api import router as command_router
from backend.command.rights import must_manage
from backend.command.sign_in import StaffSession
from backend.phone.api import router as phone_router
from backend.phone.trackers.desk import desk_router
from backend.problems import install

api = NinjaAPI(title="巡格 Xunge", version="1", urls_namespace="api", docs_url=None, openapi_url=None)
install(api)
api.add_router("/phone", phone_router)
api.add_router("/command", command_router)
api.add_router("/command", desk_router(auth=StaffSession(), must_manage=must_manage))
