"""The engines that compare_peers.py runs, a module for each; KINDS has them by the first part of their names."""

from engines.ctranslate import CTranslate2
from engines.hugging_face import Transformers
from engines.llama import Llama
from engines.ours import Ours

KINDS = {"ours": Ours, "hf": Transformers, "ct2": CTranslate2, "llama": Llama}
