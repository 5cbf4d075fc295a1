"""Tunes a small open model on earlier decisions, to spare the large one."""

from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM

BASE = "acme-people/screening-base"


def tune() -> None:
    """Prepare the adapter; the trainer is started by the nightly job."""
    load_dataset("json", data_files="data/decisions.jsonl")
    AutoModelForCausalLM.from_pretrained(BASE)
    LoraConfig(r=8, lora_alpha=16)
