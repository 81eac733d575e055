"""Makes the checkpoints of this folder in the layout that torch.save writes, byte by byte, with Python's standard library alone.

    python3 make.py

Element i of the tensor with number t is ((37 i + 11 t) mod 19 - 9) / 8: exact in every floating-point type here. The malicious files would make a file
called 'ran' in the working folder if anything of them were run.
"""
import collections
import io
import os
import pickle
import struct
import sys
import types
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = {"FloatStorage": 4, "DoubleStorage": 8, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4, "ByteStorage": 1, "BoolStorage": 1}


def module(name):
    parts = name.split(".")
    for i in range(len(parts)):
        path = ".".join(parts[: i + 1])
        if path not in sys.modules:
            sys.modules[path] = types.ModuleType(path)
        if i:
            setattr(sys.modules[".".join(parts[:i])], parts[i], sys.modules[path])
    return sys.modules[name]


def named(kind, module_name, name):
    """A function or class that pickles as module_name.name."""
    thing = type(name, (), {}) if kind == "class" else (lambda *a, **k: None)
    thing.__module__, thing.__qualname__, thing.__name__ = module_name, name, name
    setattr(module(module_name), name, thing)
    return thing


STORAGES = {name: named("class", "torch", name) for name in SIZES}
UNTYPED = named("class", "torch.storage", "UntypedStorage")
REBUILD = named("function", "torch._utils", "_rebuild_tensor_v2")
REBUILD3 = named("function", "torch._utils", "_rebuild_tensor_v3")
PARAMETER = named("function", "torch._utils", "_rebuild_parameter")
SPARSE = named("function", "torch._utils", "_rebuild_sparse_tensor")
SCALAR = named("function", "numpy.core.multiarray", "scalar")
DTYPE = named("class", "numpy", "dtype")


class Call:
    """Pickles as function(*arguments)."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Storage:
    def __init__(self, kind, values, untyped=False, view=None):
        self.kind, self.values, self.untyped, self.view = kind, list(values), untyped, view

    def data(self, big=False):
        end = ">" if big else "<"
        if self.kind == "BFloat16Storage":
            return b"".join(struct.pack(end + "H", struct.unpack("<I", struct.pack("<f", v))[0] >> 16) for v in self.values)
        code = {"FloatStorage": "f", "DoubleStorage": "d", "HalfStorage": "e", "LongStorage": "q", "IntStorage": "i", "ByteStorage": "B", "BoolStorage": "?"}[self.kind]
        return struct.pack(end + str(len(self.values)) + code, *self.values)


class Tensor:
    def __init__(self, storage, shape, offset=0, strides=None, dtype=None):
        if strides is None:
            strides, step = [], 1
            for d in reversed(shape):
                strides.insert(0, step)
                step *= d
        self.storage, self.shape, self.offset, self.strides, self.dtype = storage, tuple(shape), offset, tuple(strides), dtype

    def __reduce__(self):
        arguments = (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())
        return (REBUILD3, arguments + (self.dtype,)) if self.dtype else (REBUILD, arguments)


def parameter(tensor):
    return Call(PARAMETER, tensor, True, collections.OrderedDict())


def values(t, count):
    return [((37 * i + 11 * t) % 19 - 9) / 8 for i in range(count)]


def tensor(t, *shape, kind="FloatStorage"):
    count = 1
    for d in shape:
        count *= d
    return Tensor(Storage(kind, [int(v * 8) for v in values(t, count)] if kind in ("LongStorage", "IntStorage") else values(t, count)), shape)


class Pickler(pickle.Pickler):
    def __init__(self, stream, protocol=2, legacy=False, location="cpu"):
        super().__init__(stream, protocol)
        self.storages, self.legacy, self.location = [], legacy, location

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        root = obj.view[0] if obj.view else obj
        if root not in self.storages:
            self.storages.append(root)
        key = str(self.storages.index(root))
        kind = UNTYPED if obj.untyped else STORAGES[obj.kind]
        count = len(root.values) * (SIZES[obj.kind] if obj.untyped else 1)
        if not self.legacy:
            return ("storage", kind, key, self.location, count)
        view = (key + ":view", obj.view[1], len(obj.values)) if obj.view else None
        return ("storage", kind, key, self.location, count, view)


def save_zip(name, obj, big=False, change=None, protocol=2, compress=False, folder="archive"):
    stream = io.BytesIO()
    pickler = Pickler(stream, protocol)
    pickler.dump(obj)
    entries = [("data.pkl", stream.getvalue()), ("byteorder", b"big" if big else b"little")]
    entries += [("data/%d" % i, storage.data(big)) for i, storage in enumerate(pickler.storages)]
    entries += [("version", b"3\n"), (".data/serialization_id", b"0" * 40)]
    if change:
        entries = change(entries)
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as archive:
        for entry, data in entries:
            info = zipfile.ZipInfo(folder + "/" + entry, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            archive.writestr(info, data)


def save_legacy(name, obj, protocol=2):
    with open(os.path.join(HERE, name), "wb") as stream:
        pickle.dump(0x1950A86A20F9469CFC6C, stream, protocol)
        pickle.dump(1001, stream, protocol)
        pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, stream, protocol)
        pickler = Pickler(stream, protocol, legacy=True)
        pickler.dump(obj)
        pickle.dump([str(i) for i in range(len(pickler.storages))], stream, protocol)
        for storage in pickler.storages:
            stream.write(struct.pack("<q", len(storage.values)) + storage.data())


def state(pairs):
    result = collections.OrderedDict(pairs)
    result._metadata = collections.OrderedDict([("", {"version": 1})])
    return result


def autoencoder(prefix="", kind="FloatStorage"):
    return state([
        (prefix + "encoder.0.weight", tensor(1, 3, 6, kind=kind)), (prefix + "encoder.0.bias", tensor(2, 3, kind=kind)),
        (prefix + "decoder.0.weight", tensor(3, 6, 3, kind=kind)), (prefix + "decoder.0.bias", tensor(4, 6, kind=kind)),
    ])


def vae(first, mean, variance, third, last):
    return state([pair for t, (name, rows, columns) in enumerate([(first, 8, 12), (mean, 2, 8), (variance, 2, 8), (third, 8, 2), (last, 12, 8)])
                  for pair in [(name + ".weight", tensor(2 * t + 1, rows, columns)), (name + ".bias", tensor(2 * t + 2, rows))]])


def optimizer(*shapes):
    return {"state": {i: {"step": tensor(9), "exp_avg": tensor(20 + i, *s), "exp_avg_sq": tensor(40 + i, *s)} for i, s in enumerate(shapes)},
            "param_groups": [{"lr": 0.001, "betas": (0.9, 0.999), "params": list(range(len(shapes)))}]}


def layer(cls, parameters=(), buffers=(), modules=()):
    instance = cls.__new__(cls)
    instance.training = True
    instance._parameters = collections.OrderedDict(parameters)
    instance._buffers = collections.OrderedDict(buffers)
    instance._non_persistent_buffers_set = set()
    instance._forward_hooks = collections.OrderedDict()
    instance._modules = collections.OrderedDict(modules)
    return instance


def whole_module():
    linear, sequential = named("class", "torch.nn.modules.linear", "Linear"), named("class", "torch.nn.modules.container", "Sequential")
    relu, norm = named("class", "torch.nn.modules.activation", "ReLU"), named("class", "torch.nn.modules.batchnorm", "BatchNorm1d")
    own = named("class", "__main__", "MyAutoencoder")
    encoder = layer(sequential, modules=[
        ("0", layer(linear, [("weight", parameter(tensor(1, 3, 6))), ("bias", None)])),
        ("1", layer(norm, [("weight", parameter(tensor(2, 3))), ("bias", parameter(tensor(3, 3)))],
                    [("running_mean", tensor(4, 3)), ("running_var", Tensor(Storage("FloatStorage", [0.5, 1, 2]), (3,))),
                     ("num_batches_tracked", Tensor(Storage("LongStorage", [7]), ()))])),
        ("2", layer(relu)),
    ])
    return layer(own, modules=[("encoder", encoder), ("decoder", layer(linear, [("weight", parameter(tensor(5, 6, 3))), ("bias", parameter(tensor(6, 6)))]))])


def raw(name, data_pkl, storages=((0, 12),)):
    """A zip whose pickle is given byte by byte."""
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("archive/data.pkl", (1980, 1, 1, 0, 0, 0)), data_pkl)
        for key, count in storages:
            archive.writestr(zipfile.ZipInfo("archive/data/%d" % key, (1980, 1, 1, 0, 0, 0)), b"\0" * count)


def main():
    save_zip("zip.pth", autoencoder())
    save_zip("zip-protocol-5.pth", autoencoder(), protocol=5)
    save_legacy("legacy.pth", autoencoder())
    save_legacy("legacy-protocol-4.pth", autoencoder(), protocol=4)
    for kind in ("Double", "Half", "BFloat16"):
        save_zip(kind.lower() + ".pth", autoencoder(kind=kind + "Storage"))
    save_zip("big-endian.pth", autoencoder(), big=True)
    save_zip("data-parallel.pth", autoencoder("module."))
    save_zip("compiled.pth", autoencoder("_orig_mod."))
    save_zip("training.pth", {"epoch": 3, "loss": tensor(8), "model_state_dict": autoencoder(),
                              "optimizer_state_dict": optimizer((3, 6), (3,), (6, 3), (6,)), "best": Call(SCALAR, Call(DTYPE, "f8", False, True), b"\0" * 8)})
    save_zip("model-and-ema.pth", {"model": autoencoder(), "ema": state([(k, tensor(t + 50, *v.shape)) for t, (k, v) in enumerate(autoencoder().items())])})
    save_zip("vae-fc.pth", vae("fc1", "fc21", "fc22", "fc3", "fc4"))
    save_zip("vae-encoder.pth", vae("encoder.0", "fc_mu", "fc_var", "decoder.0", "decoder.2"))
    save_zip("vae-wrapped.pth", {"net": vae("module.enc", "module.mean", "module.log_sigma", "module.dec1", "module.dec2")})

    weight = Storage("FloatStorage", values(1, 40))
    save_zip("strided.pth", state([("a.weight", Tensor(weight, (3, 4), 5, (1, 3))), ("a.bias", Tensor(weight, (3,), 1, (2,))), ("b.weight", Tensor(weight, (4, 3), 20))]))
    save_legacy("legacy-views.pth", state([("a.weight", Tensor(Storage("FloatStorage", weight.values[4:16], view=(weight, 4)), (3, 4))), ("b.weight", Tensor(weight, (4, 3), 20))]))
    tied = tensor(1, 3, 3)
    save_zip("tied.pth", state([("a.weight", tied), ("b.weight", tied)]))
    save_zip("small-shapes.pth", state([("scale", Tensor(Storage("FloatStorage", [2.5]), ())), ("none", Tensor(Storage("FloatStorage", []), (0, 4))), ("w.weight", tensor(1, 2, 2)),
                                        ("steps", Tensor(Storage("LongStorage", [5]), ())), ("mask", Tensor(Storage("BoolStorage", [True, False]), (2,)))]))
    dtype = named("class", "torch", "float32")
    save_zip("untyped.pth", state([("w.weight", Tensor(Storage("FloatStorage", values(1, 6), untyped=True), (2, 3), dtype=dtype))]))
    save_zip("batchnorm-conv.pth", state([
        ("encoder.0.weight", tensor(1, 3, 1, 2, 2)), ("encoder.1.weight", tensor(2, 3)), ("encoder.1.bias", tensor(3, 3)), ("encoder.1.running_mean", tensor(4, 3)),
        ("encoder.1.running_var", Tensor(Storage("FloatStorage", [0.5, 1, 2]), (3,))), ("encoder.1.num_batches_tracked", Tensor(Storage("LongStorage", [7]), ())),
        ("decoder.0.weight", tensor(5, 3, 1, 2, 2)), ("decoder.0.bias", tensor(6, 1))]))
    save_zip("whole-module.pt", whole_module())
    save_legacy("whole-module-legacy.pt", {"model": whole_module(), "epoch": 2})

    save_zip("tensor-alone.pt", tensor(1, 2, 2))
    save_zip("optimizer-alone.pth", {"optimizer": optimizer((2, 2)), "epoch": 1})
    save_zip("sparse.pth", state([("w.weight", Call(SPARSE, "layout", (tensor(1, 2), tensor(2, 2), (2, 2))))]))
    save_zip("offset-outside.pth", state([("w.weight", Tensor(Storage("FloatStorage", values(1, 6)), (2, 3), 1))]))
    save_zip("strides-outside.pth", state([("w.weight", Tensor(Storage("FloatStorage", values(1, 6)), (2, 3), 0, (4, 1)))]))
    save_zip("negative-stride.pth", state([("w.weight", Tensor(Storage("FloatStorage", values(1, 6)), (2, 3), 5, (-3, -1)))]))
    save_zip("expanded.pth", state([("w.weight", Tensor(Storage("FloatStorage", [1.0]), (40000, 40000), 0, (0, 0)))]))
    save_zip("storage-short.pth", autoencoder(), change=lambda entries: [(n, d[:-4] if n == "data/0" else d) for n, d in entries])
    save_zip("storage-missing.pth", autoencoder(), change=lambda entries: [e for e in entries if e[0] != "data/2"])
    save_zip("zip-bomb.pth", state([("w.weight", Tensor(Storage("FloatStorage", [0.0] * 250000), (500, 500)))]), compress=True)
    raw("million-bytes-promised.pth", b"\x80\x02X\xff\xff\xff\x70abc.")

    class Evil:
        def __init__(self, function, *arguments):
            self.function, self.arguments = function, arguments

        def __reduce__(self):
            return self.function, self.arguments

    bad = autoencoder()
    bad["extra"] = Evil(os.system, "touch ran")
    save_zip("malicious-system.pth", bad)
    save_legacy("malicious-legacy.pth", {"state_dict": autoencoder(), "then": Evil(os.system, "touch ran")})
    save_zip("malicious-eval.pth", {"state_dict": autoencoder(), "x": Evil(eval, "open('ran', 'w')")})
    save_zip("malicious-getattr.pth", {"state_dict": autoencoder(), "x": Evil(getattr, "a", "upper")})
    raw("malicious-newobj.pth", b"\x80\x02csubprocess\nPopen\nX\x09\x00\x00\x00touch ran\x85\x81.")
    raw("malicious-stack-global.pth", b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x09touch ran\x85R.")
    raw("malicious-inst.pth", b"\x80\x02(X\x09\x00\x00\x00touch ranios\nsystem\n.")
    raw("malicious-obj.pth", b"\x80\x02(cos\nsystem\nX\x09\x00\x00\x00touch rano.")
    raw("malicious-build.pth", b"\x80\x02cos\nsystem\n)\x81}X\x01\x00\x00\x00aK\x01sb.")
    raw("malicious-extension.pth", b"\x80\x02\x82\x01)R.")


if __name__ == "__main__":
    main()
