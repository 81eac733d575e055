using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Training;

/// <summary>The training transformer bound to a schema: how a row's key is found and its model trained.</summary>
internal sealed class TrainingBinding : RowBinding
{
    private readonly TrainAutoencoderTransformer _owner;
    private readonly DataViewSchema.Column _images;
    private readonly DataViewSchema.Column? _seed;
    private readonly DataViewSchema.Column? _sample;
    private readonly DataViewSchema.Column? _shares;
    private readonly string[]? _classes;
    private readonly long? _rows;

    public TrainingBinding(
        TrainAutoencoderTransformer owner, DataViewSchema input, DataViewSchema.Column images, DataViewSchema.Column? seed, long? rows)
        : base(input, AddedColumns(owner), Dependencies(owner, input, images, seed))
    {
        _owner = owner;
        _images = images;
        _seed = seed;
        _rows = rows;
        _sample = ZooAnnotations.GetSampleColumn(input, images);
        _shares = SharesColumn(owner, input);
        _classes = _shares is { } shares && shares.HasSlotNames() ? ZooAnnotations.GetSlotNames(shares) : null;
    }

    public TrainAutoencoderTransformer Owner => _owner;

    public long? Rows => _rows;

    public override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active)
    {
        if (!active.Contains(true))
            return new Delegate?[active.Length];
        var reader = new TrainingRowReader(this, input);
        return Getters(active, () => input.Position, () => Train(reader));
    }

    public override DataViewRowCursor OpenCursor(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand) =>
        ActiveAdded(needed).AsSpan().Contains(true)
            ? new TrainingCursor(this, data, needed, rand)
            : base.OpenCursor(data, needed, rand);

    /// <summary>One cursor: it trains in parallel by itself.</summary>
    public override DataViewRowCursor[] OpenCursorSet(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, int n, Random? rand) =>
        ActiveAdded(needed).AsSpan().Contains(true)
            ? [OpenCursor(data, needed, rand)]
            : base.OpenCursorSet(data, needed, n, rand);

    /// <summary>The getters of the added columns over whatever gives the model of the row one stands on.</summary>
    public static Delegate?[] Getters(ReadOnlySpan<bool> active, Func<long> position, Func<TrainedModel> current)
    {
        long at = -1;
        TrainedModel? model = null;
        TrainedModel Model()
        {
            if (model is null || at != position())
                (at, model) = (position(), current());
            return model;
        }

        ValueGetter<VBuffer<float>> weights = (ref VBuffer<float> value) =>
        {
            float[] source = Model().Weights;
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, source.Length);
            source.CopyTo(editor.Values);
            value = editor.Commit();
        };
        ValueGetter<float> loss = (ref float value) => value = Model().TrainingLoss;
        ValueGetter<float> error = (ref float value) => value = Model().ReconstructionError;
        return [active[0] ? weights : null, active[1] ? loss : null, active[2] ? error : null];
    }

    /// <summary>What of a model's key is the same for all rows.</summary>
    public string KeyPrefix =>
        $"trained model 1; {_owner.TrainingOptions.Describe()}; {_owner.ImageShape}; {_owner.Device.type}; " +
        $"{(_owner.Architecture as ModuleArchitecture)?.GetFingerprint(_owner.ImageShape)}; ";

    public ModelDescription Describe(long seed, float[]? shares) =>
        new(_owner.Layout, seed, _owner.TrainingOptions.Describe(), shares, _classes);

    /// <summary>The columns a reader takes its row from.</summary>
    public (DataViewSchema.Column Images, DataViewSchema.Column? Seed, DataViewSchema.Column? Sample, DataViewSchema.Column? Shares) Sources =>
        (_images, _seed, _sample, _shares);

    /// <summary>Finds or trains the model of the row, for prediction engines.</summary>
    private TrainedModel Train(TrainingRowReader row)
    {
        string key = row.ReadKey();
        TrainingJob? job = null;
        CancellationToken cancel = _owner.TrainingOptions.CancellationToken;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (_owner.Memory.Find(key) is { } found)
                return found;
            job ??= row.CreateJob(key, []);
            Task<TrainedModel> training = _owner.Memory.Join(key, job, out bool mine);
            if (mine)
            {
                _owner.SingleRows.Add(job);
                _owner.SingleRows.Flush();
            }

            try
            {
                Task.WaitAny([training], cancel);
                return training.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (!mine && !cancel.IsCancellationRequested)
            {
                // Whoever trained it gave up; this asker has not.
            }
        }
    }

    private static AddedColumn[] AddedColumns(TrainAutoencoderTransformer owner) =>
    [
        new(owner.TrainingOptions.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, owner.Layout.Length), ZooAnnotations.ForWeights(owner.Layout)),
        new(owner.TrainingOptions.TrainingLossColumnName, NumberDataViewType.Single),
        new(owner.TrainingOptions.ReconstructionErrorColumnName, NumberDataViewType.Single),
    ];

    private static IEnumerable<int> Dependencies(
        TrainAutoencoderTransformer owner, DataViewSchema input, DataViewSchema.Column images, DataViewSchema.Column? seed)
    {
        yield return images.Index;
        if (seed is { } column)
            yield return column.Index;
        if (ZooAnnotations.GetSampleColumn(input, images) is { } sample)
            yield return sample.Index;
        if (SharesColumn(owner, input) is { } shares)
            yield return shares.Index;
    }

    /// <summary>Shares are wanted for the files of a directory only.</summary>
    private static DataViewSchema.Column? SharesColumn(TrainAutoencoderTransformer owner, DataViewSchema input) =>
        owner.TrainingOptions.Directory is not null
        && input.GetColumnOrNull(ZooColumns.Shares) is { Type: VectorDataViewType { ItemType: NumberDataViewType item } } column
        && item == NumberDataViewType.Single
            ? column
            : null;
}
