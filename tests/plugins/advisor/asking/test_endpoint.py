"""A model behind an OpenAI-compatible endpoint of this machine: what is sent, and what is made of its answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

HONEST = {"sentences": lambda facts: [{"text": f"{one['text']}.", "facts": [one["id"]]} for one in facts]}
LYING = {"sentences": lambda facts: [{"text": "The account gained $1,000,000.", "facts": [one["id"] for one in facts]}]}


class Endpoint(HTTPServer):
    """Answers two requests at most, and keeps what it was sent."""

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.sent, self.timeout = answer, [], 20

    def serve(self):
        for _ in range(2):
            self.handle_request()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent.append((self.headers["Authorization"], body))
        facts = json.loads(body["messages"][-1]["content"])["facts"]
        said = {name: made(facts) for name, made in self.server.answer.items()}
        call = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(said)}
        message = {
            "role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": call}]
        }  # fmt: skip
        reply = {
            "id": "1", "object": "chat.completion", "created": 1, "model": "small",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        }  # fmt: skip
        told = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *about):
        pass


@pytest.fixture
def endpoint(tmp_path, monkeypatch):
    """Serve an answer; gives the server and the configuration that names it."""
    monkeypatch.setenv("SMALL_KEY", "of-the-environment")
    made = []

    def serve(answer):
        server = Endpoint(answer)
        threading.Thread(target=server.serve, daemon=True).start()
        made.append(server)
        file = tmp_path / "allusr.toml"
        url = f"http://127.0.0.1:{server.server_port}/v1"
        file.write_text(f'[advisor]\nmodel = "small"\nbase_url = "{url}"\nkey = "SMALL_KEY"\n')
        return server, str(file)

    yield serve
    for server in made:
        server.server_close()


def test_honest_words_of_a_local_model_are_shown_and_it_saw_the_facts_alone(ask, endpoint, home):
    server, file = endpoint(HONEST)
    told = ask("How much premium did Gen-Acc take?", "--config", file, "--fresh")
    assert told.startswith("Gen-Acc took $507.00 of premium")
    assert "worded by a model from these entries and checked" in " ".join(told.split())
    key, body = server.sent[0]
    assert (key, body["model"]) == ("Bearer of-the-environment", "small")
    assert home("by_hand") not in json.dumps(body)


def test_a_local_model_that_lies_is_not_heard(ask, endpoint):
    _, file = endpoint(LYING)
    told = ask("How much was earned?", "--config", file, "--fresh")
    assert told.startswith("The account gained $530.90")
    assert "1,000,000" not in told
    assert "1000000" not in told
    assert "the model's words were refused" in " ".join(told.split())
