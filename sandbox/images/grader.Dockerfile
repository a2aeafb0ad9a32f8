# The image that runs the tests: the candidate's packages and pytest. No code of candidates runs here. Built without network.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}
ENV PYTHONPATH=/opt/quizapp:/opt/quizapp/site
COPY site /opt/quizapp/site
COPY code /opt/quizapp
COPY tidy.py /opt/quizapp/tidy.py
RUN ["python3", "/opt/quizapp/tidy.py"]
WORKDIR /box
USER 20000:20000
CMD ["python3", "-P", "-s", "-m", "sandbox.grader.main"]
