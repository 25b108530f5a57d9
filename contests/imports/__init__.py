from contests.imports.services import keep_upload
from contests.imports.steps import ImportNotReady, start_import, start_undo

__all__ = ["ImportNotReady", "keep_upload", "start_import", "start_undo"]
