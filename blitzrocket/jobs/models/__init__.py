from blitzrocket.jobs.models.chores import Chore
from blitzrocket.jobs.models.jobs import Job, JobStopped
from blitzrocket.jobs.models.stored_figures import StoredFigure, store_figure

__all__ = ["Chore", "Job", "JobStopped", "StoredFigure", "store_figure"]
