# SPDX-License-Identifier: BSD-2-Clause
"""A service of Flask's; gunicorn runs it: gunicorn flask_app:app."""
from burn import burn
from flask import Flask, jsonify

app = Flask(__name__)


@app.route('/')
def handle():
    return jsonify(sorted(range(40), key=lambda n: burn(500 + n)))
