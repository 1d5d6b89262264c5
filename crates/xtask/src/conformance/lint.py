"""Asks a server each question and prints what httplint finds bad or worth a warning in its answers."""

import http.client
import sys

from httplint import HttpResponseLinter
from httplint.note import levels

authority, *questions = sys.argv[1:]
for question in questions:
    method, path = question.split(" ", 1)
    connection = http.client.HTTPConnection(authority, timeout=20)
    connection.request(method, path, headers={"Accept": "*/*"})
    answer = connection.getresponse()
    body = answer.read()
    linter = HttpResponseLinter(no_content=method == "HEAD")
    linter.process_response_topline(b"HTTP/1.1", str(answer.status).encode(), answer.reason.encode())
    linter.process_headers([(name.encode(), value.encode("latin-1")) for name, value in answer.getheaders()])
    linter.feed_content(body)
    linter.finish_content(True)
    for note in linter.notes:
        if note.level in (levels.BAD, levels.WARN):
            print(f"{question}: {note.level.value}: {note.summary}")
    connection.close()
