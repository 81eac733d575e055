namespace MLNetModelSpace.Tests.Features;

/// <summary>A test that needs one reference file; where the file is absent the test is reported, by the file's name, as not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute(string file)
    {
        if (!File.Exists(ReferenceFiles.PathOf(file)))
            Skip = $"not run: {file} is absent from {ReferenceFiles.Root}";
    }
}
