"""LangChain's ChatOpenAI against a gateway: whole, streamed, with tools, and what is refused.

pip install langchain-openai
SEAWALL_URL=http://127.0.0.1:8080/v1 SEAWALL_KEY=sw_... python chat_langchain.py MODEL
"""

import os
import sys

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"Sunny in {city}, 21 degrees."


def chat(model: str) -> ChatOpenAI:
    """Return a model behind the gateway."""
    return ChatOpenAI(
        model=model, base_url=os.environ["SEAWALL_URL"], api_key=os.environ["SEAWALL_KEY"],
        max_retries=0,
    )  # fmt: skip


def main(name: str) -> None:
    """Ask every way; an AssertionError says which one went wrong."""
    model, asked = chat(name), HumanMessage("What is the weather in Bern?")
    whole = model.invoke([asked])
    assert whole.text and whole.usage_metadata["total_tokens"] > 0
    chunks = list(model.stream([asked], stream_usage=True))
    assert "".join(chunk.text for chunk in chunks)
    assert any(chunk.usage_metadata for chunk in chunks)
    able = model.bind_tools([weather])
    for answer in (able.invoke([asked]), added(able.stream([asked]))):
        (call,) = answer.tool_calls
        assert (call["name"], call["args"]) == ("weather", {"city": "Bern"})
        result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
        assert able.invoke([asked, answer, result]).text
    try:
        chat("no-such-model").invoke([asked])
    except openai.NotFoundError as error:
        assert error.code == "model_not_found"
    else:
        raise AssertionError("a model that is not in the policy answered")
    print("whole, streamed, tools, streamed tools, refusal: fine")


def added(chunks):
    """Return the sum of a stream's chunks."""
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    return whole


if __name__ == "__main__":
    main(sys.argv[1])
