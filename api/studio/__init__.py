"""The studio: the browser's side of Flywheel, served as it lies in `static/`, without a build step."""

from api.studio.routes import router

__all__ = ["router"]
