namespace MLNetModelSpace.Features;

/// <summary>Answers to fixed probes as features, for models of any layout whose images are of one shape.</summary>
internal sealed class ProbeVectorization
{
    private readonly string[] _slots;
    private readonly Lazy<float[]> _jacobianImages;

    public ProbeVectorization(ProbePlan plan, StationaryMixtures? mixtures)
    {
        Plan = plan;
        Mixtures = mixtures;
        Textures = mixtures is null ? [] : plan.CreateTextures();
        Probes = new ProbeImages(plan);
        Directions = plan.Directions == 0 ? null : new FixedDirections(plan.Shape.Size, plan.Directions, plan.Seed);
        ProbeGroups = [.. Probes.Groups.SelectMany(group => Split(group, group.Name == "reference" ? plan.ReferenceGroups : 1))];
        _slots = [.. NameSlots()];
        _jacobianImages = new Lazy<float[]>(() => JacobianSpectrum.CreateImages(this));
    }

    public ProbePlan Plan { get; }

    public ProbeImages Probes { get; }

    /// <summary>What was learned of the training models' classes; null where <see cref="ProbeFeatures.Stationarity"/> is not asked for.</summary>
    public StationaryMixtures? Mixtures { get; }

    /// <summary>The textures that are mixed; none where nothing is.</summary>
    public float[] Textures { get; }

    /// <summary>What answers are projected on; null for nothing.</summary>
    public FixedDirections? Directions { get; }

    /// <summary>The groups of probes that gradients and mean errors are taken of: the kinds there are, references in as many groups as they fall into.</summary>
    public IReadOnlyList<(string Name, int Start, int Count)> ProbeGroups { get; }

    /// <summary>Probes at which the Jacobian is taken.</summary>
    public int JacobianProbes => Math.Min(Plan.JacobianProbes, Probes.Count);

    /// <summary>Directions the Jacobian is restricted to.</summary>
    public int JacobianDirections => Math.Min(Plan.JacobianDirections, Plan.Shape.Size);

    /// <summary>The first probes, moved along each direction.</summary>
    public float[] JacobianImages => _jacobianImages.Value;

    /// <summary>What each number of the features is.</summary>
    public IReadOnlyList<string> Slots => _slots;

    /// <summary>Where the spectra of Jacobians stand among the features.</summary>
    public int JacobianAt => AnswersAt(Plan.Features.HasFlag(ProbeFeatures.Answers) ? Probes.Count : 0);

    /// <summary>Where the gradients stand.</summary>
    public int GradientsAt => JacobianAt + (Plan.Features.HasFlag(ProbeFeatures.JacobianSpectra) ? JacobianProbes * JacobianDirections : 0);

    /// <summary>Where the errors of groups stand.</summary>
    public int GroupErrorsAt => GradientsAt + (Plan.Features.HasFlag(ProbeFeatures.GradientNorms) ? ProbeGroups.Count * GradientNorms.Names.Count : 0);

    /// <summary>Where what is said of a probe's answer stands.</summary>
    public int AnswersAt(int probe) =>
        (Plan.Features.HasFlag(ProbeFeatures.Errors) ? Probes.Count : 0)
        + (Plan.Features.HasFlag(ProbeFeatures.ErrorProfiles) ? Probes.Groups.Count * (Plan.Shape.Height + Plan.Shape.Width) : 0)
        + (probe * (2 + Plan.Directions));

    /// <summary>How many models of a layout are run at a time.</summary>
    public int StackSizeFor(WeightLayout layout)
    {
        long kept = layout.Length + (Plan.Features.HasFlag(ProbeFeatures.JacobianSpectra) ? (long)JacobianProbes * JacobianDirections * Plan.Shape.Size : 0);
        if (Plan.Features.HasFlag(ProbeFeatures.Stationarity))
            kept += GradientForm.KeptOf(layout, Plan.Textures);
        return ProbeRunners.StackSizeFor(kept);
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public void Write(BinaryWriter writer)
    {
        Plan.Write(writer);
        Mixtures?.Write(writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static ProbeVectorization Read(BinaryReader reader)
    {
        ProbePlan plan = ProbePlan.Read(reader);
        return new ProbeVectorization(plan, plan.Features.HasFlag(ProbeFeatures.Stationarity) ? StationaryMixtures.Read(reader, plan.Textures) : null);
    }

    private static IEnumerable<(string Name, int Start, int Count)> Split((string Name, int Start, int Count) group, int parts) =>
        Enumerable.Range(0, parts).Select(i => (parts == 1 ? group.Name : $"{group.Name} group {i}", group.Start + (i * (group.Count / parts)), group.Count / parts));

    private IEnumerable<string> NameSlots()
    {
        string[] names = [.. Probes.Names];
        var slots = new List<string>();
        if (Plan.Features.HasFlag(ProbeFeatures.Errors))
            slots.AddRange(names.Select(name => $"error {name}"));
        if (Plan.Features.HasFlag(ProbeFeatures.ErrorProfiles))
        {
            foreach ((string name, _, _) in Probes.Groups)
            {
                slots.AddRange(Enumerable.Range(0, Plan.Shape.Height).Select(y => $"error {name} row {y}"));
                slots.AddRange(Enumerable.Range(0, Plan.Shape.Width).Select(x => $"error {name} column {x}"));
            }
        }

        if (Plan.Features.HasFlag(ProbeFeatures.Answers))
        {
            foreach (string name in names)
            {
                slots.Add($"answer {name} mean");
                slots.Add($"answer {name} deviation");
                slots.AddRange(Enumerable.Range(0, Plan.Directions).Select(i => $"answer {name} {Directions!.NameOf(i)}"));
            }
        }

        if (Plan.Features.HasFlag(ProbeFeatures.JacobianSpectra))
        {
            foreach (string name in names.Take(JacobianProbes))
                slots.AddRange(Enumerable.Range(1, JacobianDirections).Select(i => $"jacobian {name} σ{i}"));
        }

        if (Plan.Features.HasFlag(ProbeFeatures.GradientNorms))
            slots.AddRange(ProbeGroups.SelectMany(group => GradientNorms.Names.Select(number => $"{group.Name} {number}")));
        if (Plan.Features.HasFlag(ProbeFeatures.GroupErrors))
            slots.AddRange(ProbeGroups.Select(group => $"error {group.Name}"));
        if (Mixtures is not null)
            slots.AddRange(StationaryMixtures.Names(Mixtures.Classes));
        return slots;
    }
}
