"""The HTTP routes beside the pages: receiving files, downloads, health; and what makes every response safe."""

from importer.api.routes import routes
from importer.api.safety import SafetyMiddleware

__all__ = ["SafetyMiddleware", "routes"]
