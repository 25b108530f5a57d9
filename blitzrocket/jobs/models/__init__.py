from blitzrocket.jobs.models.chores import Chore
from blitzrocket.jobs.models.jobs import Job, JobStopped

__all__ = ["Chore", "Job", "JobStopped"]
