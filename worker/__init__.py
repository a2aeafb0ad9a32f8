"""RQ jobs and the processes that run them: where quizapp and sandbox meet."""
