using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(PrincipalComponentAnalysisTransformer), null, typeof(SignatureLoadModel), "PCA", PrincipalComponentAnalysisTransformer.LoaderSignature)]

namespace Microsoft.ML
{
    public static class PcaCatalog
    {
        /// <summary>
        /// Projects on the directions of greatest variance. The stand-in computes them exactly, so <paramref name="overSampling"/> and
        /// <paramref name="seed"/>, which tune the official package's approximation, change nothing.
        /// </summary>
        public static PrincipalComponentAnalyzer ProjectToPrincipalComponents(
            this TransformsCatalog catalog,
            string outputColumnName,
            string inputColumnName = null,
            string exampleWeightColumnName = null,
            int rank = 20,
            int overSampling = 20,
            bool ensureZeroMean = true,
            int? seed = null)
        {
            if (overSampling < 0)
                throw new ArgumentOutOfRangeException("Oversampling", "Oversampling must be non-negative.");
            return new PrincipalComponentAnalyzer(catalog.Environment, outputColumnName, inputColumnName ?? outputColumnName, exampleWeightColumnName, rank, ensureZeroMean);
        }
    }
}

namespace Microsoft.ML.Transforms
{
    /// <inheritdoc cref="PcaCatalog.ProjectToPrincipalComponents"/>
    public sealed class PrincipalComponentAnalyzer : IEstimator<PrincipalComponentAnalysisTransformer>
    {
        private readonly IHostEnvironment _env;
        private readonly string _output;
        private readonly string _input;
        private readonly string _weight;
        private readonly int _rank;
        private readonly bool _center;

        internal PrincipalComponentAnalyzer(IHostEnvironment env, string output, string input, string weight, int rank, bool ensureZeroMean)
        {
            if (rank <= 0)
                throw new ArgumentOutOfRangeException("Rank", "Rank must be positive.");
            _env = env;
            _output = output;
            _input = input;
            _weight = weight;
            _rank = rank;
            _center = ensureZeroMean;
        }

        public PrincipalComponentAnalysisTransformer Fit(IDataView input)
        {
            Errors.CheckNonEmpty(_input, "columns");
            var column = input.Schema[_input];
            PrincipalComponentAnalysisTransformer.CheckInput(column);
            int size = column.Type.ValueCount();
            if (_rank > size)
                throw new ArgumentOutOfRangeException("Rank", "Rank must be positive, and at most the dimension of untransformed data");
            DataViewSchema.Column? weight = _weight is null ? null
                : input.Schema.GetColumnOrNull(_weight) ?? throw new InvalidOperationException($"Weight column '{_weight}' does not exist.");
            if (weight is { } weightColumn && weightColumn.Type != NumberDataViewType.Single)
                throw new ArgumentOutOfRangeException(nameof(weightColumn), $"Column '{_weight}' has type {weightColumn.Type}; expected Single");
            var moments = Moments(input, column, weight, out var mean);
            var (components, offsets) = Decompose(moments, mean);
            return new PrincipalComponentAnalysisTransformer(_env, _output, _input, size, components, offsets);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            if (!inputSchema.TryFindColumn(_input, out var column))
                throw Errors.ColumnNotFound(nameof(inputSchema), "input", _input);
            if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single)
                throw Errors.SchemaMismatch(nameof(inputSchema), "input", _input, PrincipalComponentAnalysisTransformer.Expected, column.GetTypeString());
            return inputSchema.With(new SchemaShape.Column(_output, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false));
        }

        // Rows with a value that is not finite are left out.
        private MathNet.Numerics.LinearAlgebra.Matrix<double> Moments(IDataView input, DataViewSchema.Column column, DataViewSchema.Column? weightColumn, out double[] mean)
        {
            int size = column.Type.ValueCount();
            using var cursor = input.GetRowCursor(weightColumn is { } known ? [column, known] : [column]);
            var get = cursor.GetGetter<VBuffer<float>>(column);
            var getWeight = weightColumn is { } w ? cursor.GetGetter<float>(w) : null;
            VBuffer<float> features = default;
            float weight = 1;
            double total = 0;
            mean = new double[size];
            double[] row = new double[size], deviation = new double[size];
            var sums = new double[size * size];
            while (cursor.MoveNext())
            {
                get(ref features);
                getWeight?.Invoke(ref weight);
                if (features.Length != size)
                    throw new ArgumentOutOfRangeException(nameof(input), Errors.WrongLength(column.Name, size, features.Length));
                if (!(weight > 0) || !float.IsFinite(weight) || !features.Items().All(item => float.IsFinite(item.Value)))
                    continue;
                Array.Clear(row);
                foreach (var (slot, value) in features.Items())
                    row[slot] = value;
                total += weight;
                // Welford's update of the sums of products of deviations; without centring the deviations are the values.
                for (int i = 0; i < size; i++)
                {
                    deviation[i] = weight * (row[i] - (_center ? mean[i] : 0));
                    if (_center)
                    {
                        mean[i] += deviation[i] / total;
                        row[i] -= mean[i];
                    }
                }
                for (int i = 0; i < size; i++)
                    TensorPrimitives.MultiplyAdd(row, deviation[i], sums.AsSpan(i * size, size), sums.AsSpan(i * size, size));
            }
            if (total == 0)
                throw new InvalidOperationException($"Empty data in column '{column.Name}'");
            var moments = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(size, size, sums);
            return (moments + moments.Transpose()) / (2 * total);
        }

        private (float[] Components, float[] Offsets) Decompose(MathNet.Numerics.LinearAlgebra.Matrix<double> moments, double[] mean)
        {
            int size = mean.Length;
            var vectors = moments.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenVectors;
            var components = new float[_rank * size];
            var offsets = new float[_rank];
            for (int k = 0; k < _rank; k++)
            {
                // Eigenvalues ascend. A direction has no sign of its own: its largest coordinate is made positive.
                double[] vector = vectors.Column(size - 1 - k).ToArray();
                double sign = vector[TensorPrimitives.IndexOfMaxMagnitude<double>(vector)] < 0 ? -1 : 1;
                double offset = 0;
                for (int i = 0; i < size; i++)
                {
                    components[k * size + i] = (float)(sign * vector[i]);
                    offset += sign * vector[i] * mean[i];
                }
                offsets[k] = (float)offset;
            }
            return (components, offsets);
        }
    }

    /// <inheritdoc cref="PcaCatalog.ProjectToPrincipalComponents"/>
    public sealed class PrincipalComponentAnalysisTransformer : OneToOneTransformerBase
    {
        internal const string LoaderSignature = "PcaTransform";
        internal const string Expected = "known-size vector of Single of two or more items";
        private readonly int _size;
        private readonly float[] _components;
        private readonly float[] _offsets;

        internal PrincipalComponentAnalysisTransformer(IHostEnvironment env, string output, string input, int size, float[] components, float[] offsets)
            : base(env.Register(nameof(PrincipalComponentAnalysisTransformer)), [(output, input)])
        {
            _size = size;
            _components = components;
            _offsets = offsets;
        }

        private static VersionInfo Version => new("PCA FUNC", 0x00010001, 0x00010001, 0x00010001, typeof(PrincipalComponentAnalysisTransformer).Assembly.FullName, LoaderSignature);

        internal static void CheckInput(DataViewSchema.Column column)
        {
            if (column.Type.ItemType() != NumberDataViewType.Single || column.Type is not VectorDataViewType { Size: > 1 })
                throw Errors.SchemaMismatch("inputSchema", "input", column.Name, Expected, column.Type.ToString());
        }

        private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

        private protected override void SaveModel(ModelSaveContext ctx)
        {
            ctx.SetVersionInfo(Version);
            ctx.SaveNonEmptyString(ColumnPairs[0].Output);
            ctx.SaveNonEmptyString(ColumnPairs[0].Input);
            ctx.Writer.Write(_size);
            ctx.Writer.Write(_offsets.Length);
            foreach (float value in _offsets)
                ctx.Writer.Write(value);
            foreach (float value in _components)
                ctx.Writer.Write(value);
        }

        private static PrincipalComponentAnalysisTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(Version);
            string output = ctx.LoadNonEmptyString(), input = ctx.LoadNonEmptyString();
            int size = ctx.Reader.ReadInt32();
            if (size < 2)
                throw Errors.BadModel($"Corrupt model file: principal components of {size} slots");
            int rank = ctx.LoadCount((int)Math.Min((size + 1L) * sizeof(float), int.MaxValue));
            var offsets = new float[rank];
            var components = new float[rank * size];
            for (int i = 0; i < offsets.Length; i++)
                offsets[i] = ctx.Reader.ReadSingle();
            for (int i = 0; i < components.Length; i++)
                components[i] = ctx.Reader.ReadSingle();
            return new PrincipalComponentAnalysisTransformer(env, output, input, size, components, offsets);
        }

        private sealed class Mapper : OneToOneMapper
        {
            private readonly PrincipalComponentAnalysisTransformer _parent;

            public Mapper(PrincipalComponentAnalysisTransformer parent, DataViewSchema schema) : base(parent, schema)
            {
                _parent = parent;
                CheckInput(Inputs[0]);
                if (Inputs[0].Type.ValueCount() != parent._size)
                    throw Errors.SchemaMismatch("inputSchema", "input", Inputs[0].Name, $"Vector<Single, {parent._size}>", Inputs[0].Type.ToString());
            }

            protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name) =>
                new(name, new VectorDataViewType(NumberDataViewType.Single, _parent._offsets.Length));

            protected override Delegate MakeGetter(DataViewRow input, int index)
            {
                var get = input.GetGetter<VBuffer<float>>(Inputs[0]);
                string column = Inputs[0].Name;
                int size = _parent._size;
                VBuffer<float> features = default;
                return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
                {
                    get(ref features);
                    if (features.Length != size)
                        throw new InvalidOperationException(Errors.WrongLength(column, size, features.Length));
                    if (!features.IsDense)
                        features.CopyToDense(ref features);
                    var editor = VBufferEditor.Create(ref value, _parent._offsets.Length);
                    for (int k = 0; k < editor.Values.Length; k++)
                        editor.Values[k] = TensorPrimitives.Dot(_parent._components.AsSpan(k * size, size), features.GetValues()) - _parent._offsets[k];
                    value = editor.Commit();
                });
            }
        }
    }
}
