# The image that the code of candidates runs in: Python, Flask, its extensions, and the agent. Built without network.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}
ENV PYTHONPATH=/opt/quizapp:/opt/quizapp/site
COPY site /opt/quizapp/site
COPY code /opt/quizapp
COPY tidy.py /opt/quizapp/tidy.py
RUN ["python3", "/opt/quizapp/tidy.py"]
WORKDIR /box
USER 20000:20000
CMD ["python3", "-P", "-s", "/opt/quizapp/sandbox/candidate/start.py"]
