"""What using a library says: Python modules and npm packages, by the longest name that fits."""

from typing import Any, NamedTuple

from seawall.assess.discover.models import CLOUD, OWN, VENDOR

Says = tuple[tuple[str, Any], ...]


class Library(NamedTuple):
    """What an import shows by itself. `kind` "" shows nothing but which calls to look for."""

    kind: str
    what: str
    says: Says = ()
    weak: bool = False


_RAG: Says = (("rag.used", True),)
_OUTSIDE: Says = (("rag.sources_trust", True),)
_KEEPS: Says = (("memory.persistent", True),)
_TUNES: Says = (("model.tuned", True),)
_MANY: Says = (("agents.multi", True),)
_BODY: Says = (("biometrics", True),)


def _all(
    names: str, kind: str, what: str, says: Says = (), *, weak: bool = False
) -> dict[str, Library]:
    return {name: Library(kind, f"{what} {name}", says, weak) for name in names.split()}


PYTHON: dict[str, Library] = {
    **_all("chromadb pinecone weaviate qdrant_client faiss pymilvus milvus_lite lancedb pgvector "
           "vespa turbopuffer annoy hnswlib usearch rank_bm25 llama_index.core.indices "
           "langchain_chroma langchain_pinecone langchain_qdrant langchain_milvus langchain_weaviate "
           "langchain_postgres langchain_community.vectorstores langchain.vectorstores "
           "langchain_community.retrievers langchain.retrievers", "retrieval", "store or index", _RAG),
    **_all("imaplib poplib exchangelib", "outside-source", "mail through",
           (*_OUTSIDE, ("interface.modalities_in", "email")), weak=True),
    **_all("tavily serpapi duckduckgo_search ddgs exa_py googlesearch firecrawl trafilatura praw "
           "scrapy newspaper", "outside-source", "web through",
           (*_OUTSIDE, ("interface.modalities_in", "web_page")), weak=True),
    **_all("mem0 zep_cloud zep_python letta_client memgpt langgraph.checkpoint.sqlite "
           "langgraph.checkpoint.postgres langgraph.checkpoint.redis", "memory", "memory in", _KEEPS),
    **_all("peft trl unsloth axolotl torchtune llamafactory", "fine-tuning", "training with", _TUNES),
    **_all("crewai autogen autogen_agentchat ag2 langgraph_supervisor langgraph_swarm swarm a2a "
           "camel metagpt", "agents", "agents with", _MANY),
    **_all("face_recognition deepface insightface speechbrain pyannote fer hsemotion mediapipe",
           "biometrics", "faces or voices with", _BODY),
    **_all("pypdf PyPDF2 pdfplumber docx docx2txt unstructured pymupdf fitz openpyxl markitdown docling",
           "input", "files with", (("interface.modalities_in", "file"),), weak=True),
    **_all("whisper faster_whisper", "input", "speech with", (("interface.modalities_in", "audio"),)),
    **_all("langsmith langfuse phoenix traceloop helicone promptlayer weave", "prompt-log",
           "traces hold prompts:", (("logging", None),), weak=True),
    **_all("chainlit gradio", "output-rendered", "answers as markdown in",
           (("interface.renders", "markdown"),), weak=True),
    **_all("diffusers", "output", "pictures with",
           (("interface.modalities_out", "image"), ("model.hosting", OWN))),
}  # fmt: skip

SCRIPT: dict[str, Library] = {
    **_all("chromadb @pinecone-database/pinecone @qdrant/js-client-rest weaviate-client "
           "weaviate-ts-client @zilliz/milvus2-sdk-node @lancedb/lancedb hnswlib-node faiss-node "
           "@langchain/pinecone @langchain/qdrant @langchain/community/vectorstores", "retrieval",
           "store or index", _RAG),
    **_all("imapflow imap", "outside-source", "mail through",
           (*_OUTSIDE, ("interface.modalities_in", "email")), weak=True),
    **_all("@tavily/core exa-js @mendable/firecrawl-js", "outside-source", "web through",
           (*_OUTSIDE, ("interface.modalities_in", "web_page")), weak=True),
    **_all("mem0ai @getzep/zep-cloud @langchain/langgraph-checkpoint-postgres "
           "@langchain/langgraph-checkpoint-sqlite", "memory", "memory in", _KEEPS),
    **_all("react-markdown marked markdown-it showdown streamdown", "output-rendered",
           "answers as markdown with", (("interface.renders", "markdown"),), weak=True),
    **_all("multer formidable busboy pdf-parse mammoth", "input", "files with",
           (("interface.modalities_in", "file"),), weak=True),
    **_all("face-api.js @vladmandic/face-api", "biometrics", "faces with", _BODY),
    **_all("langfuse langsmith @helicone/helpers", "prompt-log", "traces hold prompts:",
           (("logging", None),), weak=True),
}  # fmt: skip

# Libraries that talk to models: the package -> where the model runs ("" depends on the call).
PYTHON_MODELS: dict[str, str] = {
    "openai": VENDOR, "anthropic": VENDOR, "google.generativeai": VENDOR, "google.genai": VENDOR,
    "mistralai": VENDOR, "cohere": VENDOR, "groq": VENDOR, "together": VENDOR, "replicate": VENDOR,
    "fireworks": VENDOR, "huggingface_hub": VENDOR, "vertexai": CLOUD, "google.cloud.aiplatform": CLOUD,
    "boto3": CLOUD, "aioboto3": CLOUD, "azure.ai.inference": CLOUD, "ollama": OWN, "vllm": OWN,
    "llama_cpp": OWN, "ctransformers": OWN, "transformers": OWN, "mlx_lm": OWN, "gpt4all": OWN,
    "unsloth": OWN, "optimum": OWN, "sglang": OWN,
    "litellm": "", "langchain": "", "langchain_openai": VENDOR, "langchain_anthropic": VENDOR,
    "langchain_google_genai": VENDOR, "langchain_mistralai": VENDOR, "langchain_cohere": VENDOR,
    "langchain_groq": VENDOR, "langchain_google_vertexai": CLOUD, "langchain_aws": CLOUD,
    "langchain_ollama": OWN, "langchain_community": "", "langchain_core": "", "langgraph": "",
    "llama_index": "", "crewai": "", "autogen": "", "autogen_agentchat": "", "agents": VENDOR,
    "pydantic_ai": "", "dspy": "", "instructor": "", "smolagents": "", "haystack": "",
    "semantic_kernel": "", "mcp": "", "fastmcp": "", "claude_agent_sdk": VENDOR, "aisuite": "",
}  # fmt: skip
SCRIPT_MODELS: dict[str, str] = {
    "openai": VENDOR, "@anthropic-ai/sdk": VENDOR, "@google/genai": VENDOR,
    "@google/generative-ai": VENDOR, "@mistralai/mistralai": VENDOR, "cohere-ai": VENDOR,
    "groq-sdk": VENDOR, "replicate": VENDOR, "together-ai": VENDOR,
    "@aws-sdk/client-bedrock-runtime": CLOUD, "@azure/openai": CLOUD, "@google-cloud/vertexai": CLOUD,
    "@anthropic-ai/bedrock-sdk": CLOUD, "@anthropic-ai/vertex-sdk": CLOUD, "@ai-sdk/amazon-bedrock": CLOUD,
    "@ai-sdk/azure": CLOUD, "@ai-sdk/google-vertex": CLOUD, "@ai-sdk": VENDOR, "ai": "",
    "ollama": OWN, "ollama-ai-provider": OWN, "node-llama-cpp": OWN, "@xenova/transformers": OWN,
    "@huggingface/transformers": OWN, "@huggingface/inference": VENDOR, "langchain": "",
    "@langchain/core": "", "@langchain/openai": VENDOR, "@langchain/anthropic": VENDOR,
    "@langchain/ollama": OWN, "@langchain/aws": CLOUD, "@langchain/langgraph": "", "llamaindex": "",
    "@openai/agents": VENDOR, "@modelcontextprotocol/sdk": "", "@anthropic-ai/claude-agent-sdk": VENDOR,
}  # fmt: skip


def longest(table: dict[str, Any], name: str, separator: str) -> str:
    """Return the table's longest entry that is `name` or stands before it, or ""."""
    while name and name not in table:
        name = name.rpartition(separator)[0]
    return name
