using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An array of numbers with any number of dimensions, which may remember how it was computed.</summary>
    public partial class Tensor : IDisposable
    {
        private DataBuffer? _buffer;
        private readonly long[] _sizes;
        private readonly long[] _strides;
        private readonly int _offset;
        private readonly int _count;
        private readonly bool _isContiguous;
        private readonly ScalarType _dtype;
        private bool _requiresGrad;
        private bool _isTracked;

        /// <summary>Makes a tensor over a buffer whose user count already includes it.</summary>
        internal Tensor(DataBuffer buffer, long[] sizes, long[] strides, int offset, bool isTracked = true)
        {
            _buffer = buffer;
            _dtype = buffer.Type;
            _sizes = sizes;
            _strides = strides;
            _offset = offset;
            _count = (int)Shapes.Count(sizes);
            _isContiguous = Shapes.IsContiguous(sizes, strides);
            if (isTracked)
                Register();
        }

        /// <summary>Takes over what another tensor holds, which is invalid afterwards.</summary>
        internal Tensor(Tensor source)
        {
            _ = source.Buffer;
            _sizes = source._sizes;
            _strides = source._strides;
            _offset = source._offset;
            _count = source._count;
            _isContiguous = source._isContiguous;
            _dtype = source._dtype;
            _buffer = source._buffer;
            _buffer!.AddUser();
            source.Dispose();
            Track(ThreadState.Current);
        }

        public static long TotalCount => TensorCounter.Total();

        public bool IsInvalid => _buffer is null;

        public long[] shape => (long[])Valid()._sizes.Clone();

        public ScalarType dtype => _dtype;

        public Device device => Device.Cpu;

        public long ndim => Valid()._sizes.Length;

        public long NumberOfElements => Valid()._count;

        /// <summary>The dispose scope that holds this tensor, and its place there.</summary>
        internal DisposeScope? Scope { get; set; }

        internal int ScopeIndex { get; set; }

        /// <summary>A plain number in tensor's clothing: it does not decide the type of a result.</summary>
        internal bool IsWrappedNumber { get; init; }

        /// <summary>Whether it was made to share another tensor's elements.</summary>
        internal bool IsView { get; init; }

        internal long[] Sizes => _sizes;

        internal long[] Strides => _strides;

        internal int Offset => _offset;

        internal int Count => _count;

        internal int Rank => _sizes.Length;

        internal bool IsContiguous => _isContiguous;

        internal DataBuffer Buffer => _buffer ?? throw Disposed();

        internal bool IsFloating => DType.IsFloating(_dtype);

        public long dim() => Valid()._sizes.Length;

        public long numel() => Valid()._count;

        public long size(int dim) => Valid()._sizes[Shapes.Wrap(dim, Rank)];

        public long[] stride() => (long[])Valid()._strides.Clone();

        public bool is_contiguous() => Valid()._isContiguous;

        public bool is_floating_point() => IsFloating;

        public Tensor cpu() => Valid();

        public void Dispose()
        {
            var buffer = Interlocked.Exchange(ref _buffer, null);
            if (buffer is null)
                return;
            if (Scope is { } scope)
            {
                scope.Exclude(this);
                scope.NoteDisposed();
            }
            LetGo(buffer, ThreadState.Current);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Valid().Scope?.Move(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            if (Valid().Scope is { } scope)
            {
                scope.Exclude(this);
                scope.NoteDetached();
            }
            return this;
        }

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public bool Equals(Tensor target) =>
            ReferenceEquals(this, target) || (_sizes.AsSpan().SequenceEqual(target._sizes) && _dtype == target._dtype && AllEqual(target));

        /// <inheritdoc/>
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        /// <summary>Shape, element type and device.</summary>
        public override string ToString() => IsInvalid ? "Tensor invalid -- empty handle." : $"[{Errors.X(_sizes)}], type = {_dtype}, device = cpu";

        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireElement<T>();
            return new TensorAccessor<T>(this);
        }

        public T item<T>() where T : unmanaged
        {
            if (Valid()._count != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            RequireElement<T>();
            return Buffer.Elements<T>()[_offset];
        }

        public Scalar ToScalar()
        {
            if (Valid()._count != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return _dtype switch
            {
                ScalarType.Float32 => Buffer.Elements<float>()[_offset],
                ScalarType.Float64 => Buffer.Elements<double>()[_offset],
                ScalarType.Int64 => Buffer.Elements<long>()[_offset],
                _ => Buffer.Elements<bool>()[_offset],
            };
        }

        public Span<byte> bytes
        {
            get
            {
                if (!Valid()._isContiguous)
                    throw new NotSupportedException("Tensor.bytes of a tensor that is not contiguous.");
                return _dtype switch
                {
                    ScalarType.Float32 => MemoryMarshal.AsBytes(Span<float>()),
                    ScalarType.Float64 => MemoryMarshal.AsBytes(Span<double>()),
                    ScalarType.Int64 => MemoryMarshal.AsBytes(Span<long>()),
                    _ => MemoryMarshal.AsBytes(Span<bool>()),
                };
            }

            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    throw new ArgumentException("Mismatched data sizes in Tensor.bytes().");
                value.CopyTo(target);
                Buffer.Version++;
            }
        }

        /// <summary>A tensor of the engine's own making over a new buffer; its contents are arbitrary.</summary>
        internal static Tensor Make(ScalarType type, long[] sizes) =>
            new(DataBuffer.Rent(type, Shapes.Count(sizes)), sizes, Shapes.ContiguousStrides(sizes), 0);

        internal static Tensor MakeLike(Tensor other) =>
            other._isContiguous
                ? new(DataBuffer.Rent(other._dtype, other._count), other._sizes, other._strides, 0)
                : Make(other._dtype, other._sizes);

        /// <summary>A tensor over the same buffer with another geometry and no history.</summary>
        internal Tensor View(long[] sizes, long[] strides, int offset)
        {
            var buffer = Buffer;
            buffer.AddUser();
            return new Tensor(buffer, sizes, strides, offset) { IsView = true };
        }

        internal Tensor Alias() => View(_sizes, _strides, _offset);

        /// <summary>The elements of a contiguous tensor, in order.</summary>
        internal Span<T> Span<T>() where T : unmanaged => Buffer.Elements<T>().Slice(_offset, _count);

        /// <summary>The whole buffer from the first element on, for a tensor with strides.</summary>
        internal Span<T> Raw<T>() where T : unmanaged => Buffer.Elements<T>()[_offset..];

        /// <summary>This tensor if it is contiguous, else a copy that the caller must dispose of where it differs from this one.</summary>
        internal Tensor Packed()
        {
            if (_isContiguous)
                return this;
            var copy = Make(_dtype, _sizes);
            Strided.Copy(this, copy);
            return copy;
        }

        internal Tensor Valid() => _buffer is null ? throw Disposed() : this;

        internal void DisposeFromScope(ThreadState state)
        {
            Scope = null;
            var buffer = Interlocked.Exchange(ref _buffer, null);
            if (buffer is null)
                return;
            state.Statistics.DisposedInScopeCount++;
            LetGo(buffer, state);
        }

        /// <summary>Makes a tensor that the engine made for itself one that the user holds.</summary>
        internal Tensor Publish()
        {
            if (!_isTracked)
                Track(ThreadState.Current);
            return this;
        }

        private static InvalidOperationException Disposed() => new("Tensor invalid -- empty handle.");

        private void RequireElement<T>() where T : unmanaged
        {
            if (DType.Of<T>() != Valid()._dtype)
                throw new ArgumentException($"{typeof(T).Name} is not compatible with {_dtype}");
        }

        private void Register()
        {
            var state = ThreadState.Current;
            if (state.Arena is { } arena)
                arena.Add(this);
            else
                Track(state);
        }

        private void Track(ThreadState state)
        {
            _isTracked = true;
            state.Counter.Value++;
            state.Statistics.ThreadTotalLiveCount++;
            if (state.Scope is { } scope)
            {
                scope.Include(this);
                state.Statistics.CreatedInScopeCount++;
            }
            else
            {
                state.Statistics.CreatedOutsideScopeCount++;
            }
        }

        private void LetGo(DataBuffer buffer, ThreadState state)
        {
            if (_isTracked)
            {
                state.Counter.Value--;
                state.Statistics.ThreadTotalLiveCount--;
            }
            _grad?.Dispose();
            _grad = null;
            _history = null;
            _leaf = null;
            buffer.Release();
        }
    }
}
