"""Answers customers of a shop from its help pages and from reviews."""

import logging
from pathlib import Path

import chromadb
from fastapi import FastAPI
from langchain_core.tools import tool
from markdown import markdown
from openai import OpenAI

MODEL = "gpt-4o-mini"
PROMPT = Path("prompts/system_prompt.md").read_text(encoding="utf-8")
# The gateway's address and key come from the environment.
client = OpenAI()
pages = chromadb.PersistentClient("pages").get_collection("help")
log = logging.getLogger("answers")
app = FastAPI()


@tool
def get_order_status(order_number: str) -> str:
    """Look up where an order is."""
    return orders_of_session().get(order_number, "not found")


def orders_of_session() -> dict[str, str]:
    """Return the orders of who is logged in."""
    return {"1001": "on its way"}


@app.post("/questions")
def ask(question: str) -> dict[str, str]:
    """Answer one question as HTML for the chat window."""
    found = pages.query(query_texts=[question], n_results=3)
    context = "\n".join(found["documents"][0])
    reply = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": f"{context}\n\n{question}"},
        ],
    )
    answer = reply.choices[0].message.content
    log.info("asked %s, answered %s", question, answer)
    return {"html": markdown(answer)}
