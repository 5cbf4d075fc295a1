"""Seawall's reader of pickles beside picklescan, on the same files.

    python -m venv DIR
    DIR/bin/pip install picklescan==1.0.5
    python -m benchmarks pickle_peers --peers DIR

Nothing is unpickled. picklescan runs in DIR, as a process of its own.
"""

import bz2
import collections
import datetime
import decimal
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

from seawall.assess.discover.pickled import read_pickle
from seawall.assess.discover.pickles import dangerous

CHILD = Path(__file__).parent / "_pickle_peer.py"
# What runs, reads, sends or loads code when a file calls it, as module:name.
RUNS = """
    os:system posix:system nt:system subprocess:Popen subprocess:check_output builtins:eval
    builtins:exec builtins:compile builtins:__import__ builtins:getattr builtins:open
    builtins:breakpoint builtins:apply __builtin__:eval commands:getoutput pty:spawn
    runpy:_run_code runpy:run_path importlib:import_module
    importlib.util:spec_from_file_location shutil:rmtree shutil:copyfile
    socket:create_connection socket:socket urllib.request:urlopen urllib.request:urlretrieve
    http.client:HTTPSConnection httplib:HTTPSConnection requests.api:get
    aiohttp.client:ClientSession webbrowser:open ctypes:CDLL
    multiprocessing.util:spawnv_passfds timeit:timeit timeit:main trace:Trace.run pdb:run
    bdb:Bdb.run cProfile:run cProfile:runctx profile:run profile:Profile.run
    code:InteractiveInterpreter.runcode codeop:compile_command doctest:debug_script
    unittest.mock:_importer pydoc:locate pydoc:pipepager pkgutil:resolve_name
    logging.config:_resolve logging.config:valid_ident logging:FileHandler
    lib2to3.pgen2.grammar:Grammar.loads lib2to3.pgen2.pgen:ParserGenerator.make_label
    distutils.file_util:write_file distutils.spawn:spawn ensurepip:_run_pip venv:create
    idlelib.pyshell:ModifiedInterpreter.runcommand
    idlelib.autocomplete:AutoComplete.get_entity idlelib.calltip:get_entity
    idlelib.debugobj:ObjectTreeItem.SetText idlelib.run:Executive.runcode
    asyncio.unix_events:_UnixSubprocessTransport._start asyncio:create_subprocess_shell
    operator:attrgetter operator:itemgetter operator:methodcaller functools:partial
    functools:reduce types:CodeType types:FunctionType _pickle:loads pickle:load
    pickle:loads marshal:loads shelve:open dbm:open sqlite3:connect io:FileIO _io:FileIO
    io:open codecs:open tempfile:NamedTemporaryFile pathlib:Path.write_text fileinput:input
    linecache:getline glob:glob zipfile:ZipFile tarfile:open smtplib:SMTP ftplib:FTP
    telnetlib:Telnet poplib:POP3 xmlrpc.client:ServerProxy socketserver:TCPServer
    signal:signal sys:exit sys:settrace atexit:register threading:Thread
    concurrent.futures:ProcessPoolExecutor gc:get_objects inspect:getmodule imp:load_source
    zipimport:zipimporter site:addsitedir test.support.script_helper:assert_python_ok
    turtle:Screen readline:read_init_file pip:main pip._internal:main
    setuptools.sandbox:run_setup numpy.f2py.crackfortran:getlincoef
    numpy.f2py.crackfortran:_eval_length numpy.testing._private.utils:runstring numpy:load
    numpy:fromfile torch:load torch.hub:load torch._dynamo.guards:GuardBuilder.get
    torch._inductor.codecache:compile_file
    torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression
    torch.jit.unsupported_tensor_ops:execWrapper
    torch.utils._config_module:ConfigModule.load_config
    torch.utils.bottleneck.__main__:run_cprofile
    torch.utils.bottleneck.__main__:run_autograd_prof torch.utils.collect_env:run
    torch.utils.data.datapipes.utils.decoder:basichandlers torch.utils.cpp_extension:load
    torch.serialization:load torch.distributed.rpc:rpc_sync joblib:load pandas:read_pickle
    pandas.io.pickle:read_pickle pandas:eval cloudpickle.cloudpickle:subimport
    cloudpickle:loads dill:loads dill._dill:_import_module cffi:FFI
    IPython.utils.process:system fabric:Connection paramiko:SSHClient sh:Command pexpect:run
    plumbum:local httpx:get urllib3:PoolManager sympy:sympify yaml:unsafe_load
    jinja2:Template mako.template:Template tensorflow.keras.models:load_model
    numexpr:evaluate tempfile:_os.system numpy.lib.os:system numpy.testing.os.system
    random:_os.system collections:_sys.modules datetime:sys.modules
"""
# What saved models call to be whole again.
BUILDS = """
    torch._utils:_rebuild_tensor_v2 torch:FloatStorage collections:OrderedDict
    torch._utils:_rebuild_parameter torch.nn.modules.linear:Linear
    torch.nn.modules.container:Sequential torch:HalfStorage torch:device
    numpy.core.multiarray:_reconstruct numpy:ndarray numpy:dtype
    numpy.core.multiarray:scalar numpy._core.multiarray:_reconstruct
    numpy.random._pickle:__randomstate_ctor
    sklearn.linear_model._logistic:LogisticRegression sklearn.pipeline:Pipeline
    sklearn.ensemble._forest:RandomForestClassifier sklearn.tree._tree:Tree
    sklearn.preprocessing._data:StandardScaler
    sklearn.feature_extraction.text:TfidfVectorizer joblib.numpy_pickle:NumpyArrayWrapper
    xgboost.sklearn:XGBClassifier lightgbm.sklearn:LGBMClassifier
    catboost.core:CatBoostClassifier pandas.core.frame:DataFrame
    pandas.core.internals.managers:BlockManager pandas._libs.internals:_unpickle_block
    pandas.core.indexes.base:_new_Index scipy.sparse._csr:csr_matrix
    transformers.models.bert.modeling_bert:BertModel
    transformers.training_args:TrainingArguments datasets.arrow_dataset:Dataset
    spacy.vocab:Vocab gensim.models.word2vec:Word2Vec
    gensim.models.keyedvectors:KeyedVectors networkx.classes.graph:Graph PIL.Image:Image
    skimage.io:Image copyreg:_reconstructor builtins:object builtins:set __builtin__:set
    copy_reg:_reconstructor uuid:UUID fractions:Fraction random:Random array:array
    argparse:Namespace types:SimpleNamespace enum:Enum logging:Logger
    myapp.models:Recommender app.features:Encoder __main__:Model tokenizers:Tokenizer
    omegaconf.dictconfig:DictConfig pytorch_lightning.utilities.parsing:AttributeDict
    ultralytics.nn.tasks:DetectionModel tensorflow.python.framework.ops:Tensor
    keras.src.engine.functional:Functional jax._src.array:_reconstruct_array
    statsmodels.regression.linear_model:OLS nltk.tokenize.punkt:PunktSentenceTokenizer
    fasttext.FastText:_FastText implicit.als:AlternatingLeastSquares functools:partial
"""
OS = "cos\nsystem\n"
EVIL = b"\x80\x02" + OS.encode() + b"(Vtrue\ntR."


def called(name: str) -> bytes:
    """Return a pickle that calls module:name."""
    module, _, last = name.partition(":")
    return b"\x80\x02c" + f"{module}\n{last}\n".encode() + b"(Vx\ntR."


def archive(pickled: bytes, member: str = "m/data.pkl", method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive as PyTorch writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr(member, pickled)
        file.writestr("m/version", "3")
    return buffer.getvalue()


def patched(data: bytes, mark: bytes, at: int, flip: int) -> bytes:
    """Return data with one byte changed, `at` bytes after a mark."""
    changed = bytearray(data)
    changed[changed.find(mark) + at] ^= flip
    return bytes(changed)


def array(pickled: bytes) -> bytes:
    """Return a saved NumPy array of objects."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickled


def shapes() -> dict[str, bytes]:
    """Return the same call in every form and container, by file name."""
    head, zipped = "\x80\x04".encode("latin-1"), archive(EVIL)
    names = b"\x8c\x02os\x94\x8c\x06system\x94"
    legacy = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    return {
        "stack_global.pkl": head + b"\x8c\x02os\x8c\x06system\x93(\x8c\x01xtR.",
        "memo.pkl": head + names + b"000h\x00h\x01\x93(\x8c\x01xtR.",
        "memo_between.pkl": head + names + b"\x8c\x01a0h\x00h\x01\x93(\x8c\x01xtR.",
        "bytes.pkl": head + b"C\x02osC\x06system\x93(\x8c\x01xtR.",
        "computed.pkl": head + b"c_codecs\nencode\n(\x8c\x02ostR\x8c\x06system\x93(\x8c\x01xtR.",
        "inst.pkl": b"(Vx\nios\nsystem\n.",
        "obj.pkl": b"\x80\x02(" + OS.encode() + b"Vx\no.",
        "newobj.pkl": b"\x80\x02" + OS.encode() + b"(Vx\nt\x81.",
        "text.pkl": OS.encode() + b"(S'x'\ntR.",
        "extension.pkl": b"\x80\x02\x82\x01(Vx\ntR.",
        "second.pkl": pickle.dumps({"a": 1}, 2) + EVIL,
        "no_stop.pkl": EVIL[:-1],
        "breaks_off.pkl": EVIL[:-1] + b"\xff\xff",
        "legacy.pt": b"".join(pickle.dumps(one, 2) for one in legacy) + EVIL,
        **{f"raw{suffix}": EVIL for suffix in (".bin", ".pt", ".pth", ".ckpt", ".model", ".dill")},
        "zip.pt": zipped, "zip.pkl": zipped, "zip.bin": zipped,
        "deflated.pt": archive(EVIL, method=zipfile.ZIP_DEFLATED),
        "member_bin.pt": archive(EVIL, "m/data.bin"),
        "member_upper.pt": archive(EVIL, "m/DATA.PKL"),
        "member_bare.pt": archive(EVIL, "m/data"), "prefix.pt": b"junk" + zipped,
        "flag_directory.pt": patched(zipped, b"PK\x01\x02", 8, 1),
        "flag_local.pt": patched(zipped, b"PK\x03\x04", 6, 1),
        "checksum.pt": patched(zipped, b"PK\x01\x02", 16, 255),
        "other_name.pt": patched(zipped, b"m/data.pkl", 7, 4),
        "zlib.joblib": zlib.compress(EVIL), "gz.pkl": gzip.compress(EVIL),
        "bz2.pkl": bz2.compress(EVIL), "xz.pkl": lzma.compress(EVIL),
        "object.npy": array(EVIL), "object.npz": archive(array(EVIL), "arr_0.npy"),
    }  # fmt: skip


def harmless() -> dict[str, bytes]:
    """Return files that only build values."""
    values = {
        "plain": {"a": [1, 2.0, "x", None, b"y"], "t": (1, 2), "s": {1, 2}},
        "standard": [collections.OrderedDict(a=1), collections.deque([1]), decimal.Decimal("1.5"),
                     datetime.datetime(2026, 1, 1), complex(1, 2), frozenset([1])],
    }  # fmt: skip
    found = {
        f"{name}{protocol}.pkl": pickle.dumps(value, protocol)
        for name, value in values.items()
        for protocol in range(6)
    }
    found |= {f"{name}.pkl": called(name) for name in BUILDS.split()}
    return found | {"zip.pt": archive(called("torch._utils:_rebuild_tensor_v2"))}


def malicious() -> dict[str, bytes]:
    """Return files that run code, by name."""
    return {**{f"{name}.pkl": called(name) for name in RUNS.split()}, **shapes()}


def ours(path: Path) -> str:
    """Return Seawall's verdict on a file."""
    found = read_pickle(path)
    if found is None:
        return "no pickle"
    return "dangerous" if found.dangerous else "unknown" if found.unknown else "harmless"


def theirs(folder: Path) -> dict[str, Any]:
    """Return picklescan's verdicts on the files of a folder and its lists of names.

    Both are empty where it is not installed.
    """
    python = Path(os.environ.get("SEAWALL_PEERS", "")) / "bin/python"
    if not python.is_file():
        return {"files": {}, "lists": {}}
    command = [str(python), str(CHILD), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> int:
    """Print the verdicts on both sets, and where a malicious file is not called dangerous."""
    for name, files in (("malicious", malicious()), ("harmless", harmless())):
        with tempfile.TemporaryDirectory() as folder:
            for file, data in files.items():
                (Path(folder) / file).write_bytes(data)
            peer = theirs(Path(folder))
            verdicts = {
                "Seawall": {file: ours(Path(folder) / file) for file in files},
                "picklescan": peer["files"],
            }
        for who, found in verdicts.items():
            counts = collections.Counter(found.values())
            print(f"{name:9} {len(files):4} files, {who:10}", dict(counts) or "not installed")
        wrong = "dangerous" if name == "malicious" else "harmless"
        left = [f"{file} ({said})" for file, said in verdicts["Seawall"].items() if said != wrong]
        print(f"          Seawall not {wrong}: {', '.join(left)}")
    for name, listed in peer["lists"].items():
        hit = sum(map(dangerous, listed))
        print(f"picklescan's {name} names: {hit} of {len(listed)} are dangerous to Seawall")
    return 0
